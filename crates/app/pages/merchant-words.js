// The portal's own words in both languages. Sentences, kinds, reasons and states come from the network in both.

import { learn } from "/assets/words.js";

learn({
  portalTag: ["商户门户：今天收了多少，什么时候到账", "Merchant portal: what was taken, and when it is paid"],
  portalFoot: ["商户只看到自己的账。每次查看和操作都记入审计日志。与任何卡组织无关，未经认证。", "A shop sees its own books only. Every look and act is written to the audit log. Not affiliated with any scheme, not certified."],
  portalSignIn: ["登录商户门户", "Sign in to the merchant portal"], noPortal: ["此角色不能查看商户的账。", "This role sees no merchant's books."],
  whichShop: ["查看哪个商户", "Which merchant"], merchantNo: ["商户号（15 位）", "Merchant number (15)"], openShop: ["打开", "Open"],
  sections: ["栏目", "Sections"], tabToday: ["今天", "Today"], tabPayments: ["交易", "Payments"], tabDays: ["结算", "Settlement"], tabTerminals: ["终端与批次", "Terminals"], tabRefunds: ["退货单", "Refunds"],
  refresh: ["刷新", "Refresh"], more: ["更多", "More"], loading: ["正在读取……", "Reading…"], back: ["返回", "Back"], asOf: ["截至", "As of"],
  stoppedNote: ["网络没有回应。恢复后本页自动刷新；其间不要重复操作。", "The network does not answer. This page is read again by itself once it is back; do nothing twice meanwhile."],
  recovered: ["网络已恢复", "The network is back"],
  // today
  taken: ["今日收款净额", "Taken today, net"], businessDay: ["营业日", "Business day"],
  salesIn: ["收款", "Taken"], givenBack: ["退回", "Given back"], feesToday: ["手续费（清算后确定）", "Fees (certain after clearing)"], waitingTill: ["其中尚未确认", "Of it not confirmed yet"], leftBefore: ["前几日待确认，尚未结算", "Of earlier days, not confirmed, not settled yet"],
  nothingToday: ["今天还没有交易。", "Nothing was taken today yet."], expectNone: ["按此刻没有到账", "No payout as of now"], carriedIn: ["上日结转", "Carried from earlier days"], expectPay: ["按此刻预计到账", "Expected payout as of now"], expectOn: ["到账日", "on"], aboutWord: ["约", "about"],
  doubtsTitle: ["未定的交易", "Open doubts"], noDoubts: ["没有未定的交易。", "No payment is in doubt."], answerBy: ["最迟答复", "Answer by"], noClock: ["由人查实，没有定时", "People look into it, no clock"],
  payoutsTitle: ["划付", "Payouts"], noPayouts: ["还没有划付。第一个营业日结算后出现。", "No payout yet. The first comes with the first settled day."], allDays: ["全部结算", "All of the settlement"],
  payDay: ["到账日", "Pay day"], toAccount: ["账户", "account"], cameBack: ["退汇", "came back"], paidAgainOn: ["已重付", "paid again"],
  // payments
  paymentsTitle: ["交易", "Payments"], filter: ["筛选", "Filter"], dayField: ["日期", "Day"], terminalPick: ["终端", "Terminal"], anyTerminal: ["全部", "All"], amountYuan: ["金额（元）", "Amount (CNY)"], lastFour: ["卡号末四位", "Last four digits"],
  show: ["显示", "Show"], clearFilter: ["清除", "Clear"], noPayments: ["没有符合的交易。", "No payment fits."], badAmount: ["金额写作 88 或 88.00", "An amount reads 88 or 88.00"],
  feeTitle: ["手续费", "Fee"], notSettledFee: ["清算后才知道是借记卡还是贷记卡：", "Debit or credit is known after clearing only:"], orWord: ["或", "or"], settledOn: ["结算于", "settled in"], noFee: ["没有手续费记录。", "No fee on record."],
  // refunds
  refundTitle: ["退货", "Refund"], restIs: ["可退", "May be refunded"], orderRefund: ["开立退货单", "Order the refund"], refundAmount: ["退货金额（元）", "Amount to refund (CNY)"], refundBecause: ["原因（不写卡号）", "Why (no card number)"],
  refundHow: ["退货单不动账。钱在终端退：主管按“退货”，输入参考号和金额，退回原卡。办理后这里显示“已退款”；款项若已另行退回，这里显示“已不能办理”。", "An order moves no money. The till gives it back: a supervisor chooses Refund, keys the reference number and the amount, and it goes to the card that paid. Then this page says that it was given back; where the money goes back another way, that it cannot be made any more."],
  ordered: ["退货单已开立：请到终端办理", "The refund is ordered: make it at the till"], withdraw: ["撤回", "Withdraw"], withdrawn: ["退货单已撤回", "The order is withdrawn"], ordersTitle: ["退货单", "Refunds that were ordered"], noOrders: ["没有退货单。在一笔交易里开立。", "No refund is ordered. Order one from a payment."], by: ["开立人", "by"],
  // days
  daysTitle: ["每日收款", "Takings by day"], stateOpen: ["进行中", "open"], stateClosed: ["已日切，待结算", "closed, not settled yet"], stateSettled: ["已结算", "settled"], fees: ["手续费", "fees"], netPaid: ["应付", "to be paid"], dayDetail: ["明细", "Details"],
  linesTitle: ["逐笔与手续费", "Line by line, with fees"], sumsTitle: ["合计", "Sums"], explainedTitle: ["说明", "Explained"], colTime: ["时间", "Time"], colRef: ["参考号", "Reference"], colKind: ["种类", "Kind"], colAmount: ["金额", "Amount"], colFee: ["手续费", "Fee"], colHow: ["计算", "Reckoned"],
  holdsTitle: ["暂缓与保证金", "Holds and reserves"], noHolds: ["没有暂缓，也没有保证金。", "Nothing is held, nothing is reserved."], heldNow: ["已暂缓", "held now"], heldMost: ["上限", "at most"], untilDay: ["至", "until"], reserve: ["保证金", "Reserve"], freeOn: ["释放日", "free on"], carried: ["结转下日", "Carried to the next day"],
  statementsTitle: ["结算单", "Statements"], noStatements: ["还没有结算单。", "No statement yet."], agreedTitle: ["约定", "What was agreed"], debitRate: ["借记卡", "Debit cards"], creditRate: ["贷记卡", "Credit cards"], cappedAt: ["封顶", "capped at"], givesBack: ["退货退还手续费", "Refunds give the fee back"], keepsFee: ["退货不退手续费", "Refunds keep the fee"], product: ["到账方式", "Paid"], account: ["结算账户", "Account"],
  // terminals
  terminalsTitle: ["终端", "Terminals"], signedOn: ["已签到", "signed on"], notSignedOn: ["未签到", "not signed on"], elsewhere: ["终端在别处运行：只有收单行的记录", "This terminal runs elsewhere: only what the acquirer has on record"], notActive: ["已停用", "closed"], heard: ["最近一次报文", "Last heard"], never: ["从未", "never"], batch: ["批次", "Batch"],
  printerWord: ["打印", "Printer"], unprintedWord: ["未打出的签购单", "Slips without paper"], doubtfulWord: ["未定", "In doubt"], toSend: ["待上送", "To be sent"], unsettledBatch: ["未结算批次", "Batch not settled"], closesAt: ["收单行代结于", "closed by the acquirer at"], noTerminals: ["没有登记终端。", "No terminal is registered."],
  batchesTitle: ["批次", "Batches"], noBatches: ["还没有批次。", "No batch yet."], hostTotals: ["收单行", "Acquirer"], tillTotals: ["终端", "Till"], debitSum: ["收款（借记合计）", "taken (debit total)"], creditSum: ["退回（贷记合计）", "given back (credit total)"], notSettledHere: ["未结算", "not settled"], equal: ["一致", "equal"], unequal: ["不一致", "differ"],
});
