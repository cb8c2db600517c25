// The page's own words in both languages. Screens, slips, notices and verdicts come from the network in both.

const WORDS = {
  deskLink: ["服务台", "Desk"], merchantLink: ["商户", "Merchants"], opsLink: ["运营", "Operations"], theatreLink: ["首页", "Home"],
  skip: ["跳到内容", "Skip to content"],
  tag: ["一笔刷卡交易：从终端到发卡行，再到小票", "One card payment: from the till to the bank, and back as a slip"],
  foot: ["示范网络：自己的号段、自己的账本、真实的 TCP、密码与磁盘。与任何卡组织无关，未经认证；收单与清算须持牌。", "A sample network: its own card range, its own ledgers, real TCP, ciphers and disk. Not affiliated with any scheme, not certified; acquiring and clearing need licences."],
  close: ["关闭", "Close"], language: ["English", "中文"], languageName: ["切换到英文", "Switch to Chinese"], theme: ["深浅色", "Light or dark"],
  // verdict
  verdict: ["这一笔的真相", "The truth of this payment"],
  none: ["还没有交易。签到，输入金额，刷一张卡。", "No payment yet. Sign in, key an amount, take a card."],
  slip: ["签购单", "slip"], debit: ["持卡人扣款", "cardholder debited"], credit: ["商户入账", "merchant credited"],
  rule: ["签购单 = 扣款 = 入账", "slip = debit = credit"], ruleNot: ["路上：还不相等", "on the way: not equal yet"],
  cashier: ["收银员", "Cashier"], holder: ["持卡人", "Cardholder"], next: ["自动进行", "By itself"],
  print: ["签购单有效，可重打", "slip stands, may be printed again"], take_again: ["可以重新收款", "may take the payment again"],
  other_means: ["请换其他方式收款", "takes another means of payment"], wait: ["等待，不要重新收款", "waits, does not take it again"],
  took_place: ["已成交", "took place"], did_not_take_place: ["未成交", "did not take place"], open: ["未定", "open"],
  will_return: ["将退回", "will return"], returned: ["已退回", "returned"], held: ["已冻结", "held"], not_found: ["无记录", "no record"],
  reference: ["参考号", "Reference"], card: ["卡号", "Card"],
  // till
  till: ["POS 终端", "POS terminal"], keypad: ["键盘", "Keypad"], screen: ["屏幕", "Screen"],
  cancel: ["取消", "Cancel"], clear: ["清除", "Clear"], menu: ["功能", "Menu"], enter: ["确认", "Enter"], printKey: ["打印", "Print"],
  tray: ["卡片", "Cards"], swipe: ["刷卡", "Swipe"], insert: ["插卡", "Insert"], tap: ["挥卡", "Tap"], wrongWay: ["刷反", "Wrong way"], keyIn: ["手输", "Key in"],
  pin: ["密码", "PIN"], pinPad: ["请输入密码，按确认", "Key the PIN, then Enter"], cashierIn: ["收银员签到", "Sign the cashier in"],
  cashierHint: ["操作员 01，密码 0000", "operator 01, password 0000"], off: ["没有电", "No power"],
  lineUp: ["线路通", "line up"], lineDown: ["线路断", "line down"], keys: ["键盘可用：数字 Enter Esc 退格 · m 功能 p 打印 s 刷 i 插 t 挥 x 撕", "Keys: digits Enter Esc Backspace · m menu p print s swipe i insert t tap x tear"],
  // printer
  printer: ["打印机", "Printer"], ready: ["正常", "Ready"], paperOut: ["缺纸", "No paper"], jam: ["卡纸", "Jam"], coverOpen: ["开盖", "Cover open"], deadHead: ["坏头", "Dead head"],
  reprint: ["重打印", "Reprint"], tear: ["撕下", "Tear off"], torn: ["撕下的小票", "Slips torn off"], hanging: ["打印机上的纸", "Paper on the printer"],
  merchantCopy: ["商户存根", "Merchant copy"], cardholderCopy: ["持卡人存根", "Cardholder copy"], half: ["只打了一部分", "printed in part only"], missing: ["没有打出", "did not come out"], blank: ["看一眼纸", "Look at the paper"],
  // phone
  phone: ["持卡人手机", "Cardholder's phone"], bank: ["银行通知", "Bank notices"], quiet: ["还没有通知", "No notice yet"],
  debitNotice: ["扣款", "Debit"], refundNotice: ["退回", "Returned"], declineNotice: ["未扣款", "Declined"],
  // journey
  journey: ["报文的旅程", "The journey of a message"], slow: ["慢放", "Slow"], live: ["实时", "Live"], speed: ["动画速度", "Speed of the picture"],
  terminal: ["终端", "Terminal"], acquirer: ["收单行", "Acquirer"], switch: ["交换中心", "Switch"], issuer: ["发卡行", "Issuer"],
  issuer1: ["发卡行一", "Issuer 1"], issuer2: ["发卡行二", "Issuer 2"],
  handle: ["这一段线路", "This stretch of line"], cut: ["剪断", "Cut"], delay: ["延迟", "Delay"], seconds: ["延迟多少秒（墙上时间）", "Seconds of delay (by the wall)"], unitSeconds: ["秒", "s"], double: ["重复", "Double"], reorder: ["乱序", "Reorder"], spoil: ["改坏", "Corrupt"], hold: ["扣住", "Hold back"],
  cutSaid: ["报文到不了对方", "the message never arrives"], delaySaid: ["晚到", "it arrives late"], doubleSaid: ["到两次", "it arrives twice"], reorderSaid: ["被下一条超越", "the next one overtakes it"], spoilSaid: ["末字节改变，MAC 不符", "its last byte is changed, the MAC fails"], holdSaid: ["放行前不到", "it waits until it is let go"],
  once: ["下一条", "The next one"], always: ["直到修好", "Until mended"], mend: ["修好", "Mend"], release: ["放行扣住的", "Let go what is held"], mendAll: ["全部修好", "Mend everything"],
  pull: ["拔插头", "Pull the plug"], plugBack: ["插回去", "Put it back"], plugged: ["通电", "on"], unplugged: ["断电", "off"],
  wire: ["报文", "Messages"], wireNone: ["还没有报文", "No message yet"], fields: ["字段（已屏蔽敏感内容）", "Fields (secrets are masked)"],
  no: ["号", "No."], name: ["名称", "Name"], value: ["值", "Value"],
  fLose: ["丢失", "lost"], fDouble: ["重复", "doubled"], fHold: ["扣住", "held back"], fSpoil: ["改坏", "corrupted"], fReorder: ["被超越", "overtaken"], fDelay: ["延迟", "delayed"], late: ["迟到", "late"],
  // books
  books: ["各方的记录与账本", "Each party's record and ledger"], record: ["记录", "Record"], ledger: ["账本", "Ledger"], audit: ["审计全部账本", "Audit every ledger"],
  auditGood: ["每本账合计为零；每笔交易签购单、扣款、入账相等", "Every ledger sums to zero; for every payment slip, debit and credit are equal"], auditBad: ["规则不成立", "The rule does not hold"], auditOpen: ["还有交易在路上，稍后再审", "Payments are still on the way: audit again in a moment"],
  no_record: ["无记录", "no record"], unreachable: ["问不到", "unreachable"], declined: ["已拒绝", "declined"], approved: ["已批准", "approved"], will_undo: ["将冲正", "will undo"], undone: ["已冲正", "undone"], tombstone: ["冲正先到", "undo came first"], nothing: ["—", "—"],
  suspense: ["挂账", "suspense"], network: ["与网络清算", "with the network"], receivable: ["应收网络", "due from network"], merchant: ["应付商户", "due to merchant"], loss: ["损失", "loss"],
  debited: ["已扣款", "debited"], returnedMoney: ["已退回", "given back"], bearsIt: ["由其承担", "bears it"],
  // plays
  plays: ["剧目：点一个，在这张网络上真的演一遍", "Plays: pick one, it is played for real on this network"],
  mine: ["我的操作", "What I did"], share: ["复制链接", "Copy the link"], shared: ["链接已复制", "The link is copied"], playIt: ["开演", "Play"], stop: ["停下", "Stop"], playing: ["正在演", "Playing"], played: ["演完了", "The play is over"],
  stuck: ["等不到这一步：剧目停下了", "This step did not come: the play has stopped"], linked: ["链接里有一出戏", "The link holds a play"], again: ["再演一次", "Play again"], forget: ["重新记录", "Start afresh"], badPlay: ["链接里的剧目读不懂", "The play in this link cannot be read"], notMine: ["还没有操作", "Nothing done yet"],
  findPlay: ["按编号或词查找剧目", "Find a play by number or word"], noPlay: ["没有这样的剧目", "No such play"], notYet: ["尚未提供", "not there yet"],
  onceADay: ["网络时钟每天一次", "once a day of the network's clock"], elsewhere: ["另一个窗口正在演", "Playing in another window"],
  stoppedPlay: ["已停下，线路、打印机和电源都已复原", "Stopped: lines, printer and plugs are good again"], settling: ["等网络静下来", "until the network is quiet"],
  ruleHeld: ["规则成立：签购单 = 扣款 = 入账", "The rule held: slip = debit = credit"], ruleBroken: ["规则不成立", "The rule does not hold"], ruleOpen: ["还在路上", "Still on the way"], ruleNone: ["没有交易，谈不上成立与否", "No payment was made: there is nothing to hold"],
  asItMust: ["与目录所写一致", "As the catalogue says"], otherwise: ["与目录所写不同", "Not as the catalogue says"],
  cameMore: ["详情", "More"], trailOf: ["经过的报文", "Messages on the way"], trailSame: ["与链接所记的经过完全相同", "The same course as in the link"], trailOther: ["与链接所记的经过不同", "Another course than in the link"],
  pick: ["看另一笔", "Another one"], newest: ["回到最新", "The newest"], older: ["更早的", "Older ones"],
  preparing: ["准备终端", "the terminal is made ready"],
  lost: ["与网络失去联系，正在重连……", "Lost the network, connecting again…"], stopped: ["没有做成", "Not done"],
  // gate
  gateTitle: ["小票之路正在运行", "Slipway is running"],
  gateWhat: ["这是一张受理银行卡的网络：终端、收单行、交换中心、发卡行。剧场页面只在 slipway up --demo 时开放；这里需要 run.json 里的令牌。", "This is a card-acceptance network: terminals, acquirer, switch, issuers. Its theatre opens under slipway up --demo only; here the token of run.json is needed."],
  token: ["令牌", "Token"], rrn: ["参考号（12 位）", "Reference number (12 characters)"], ask: ["钱在哪里？", "Where is the money?"], wrongToken: ["令牌不对", "That is not the token"],
};

// Words of one page only.
export function learn(more) {
  Object.assign(WORDS, more);
}

let now = "en";

export const lang = () => now;

export function speak(language) {
  now = language === "zh" ? "zh" : "en";
}

export function word(key) {
  const pair = WORDS[key];
  return pair ? pair[now === "zh" ? 0 : 1] : key;
}

export function pair(key) {
  const found = WORDS[key];
  return found ? { zh: found[0], en: found[1] } : { zh: key, en: key };
}
