// The desk's own words in both languages. Verdicts, timelines, slips and reasons come from the network in both.

import { learn } from "/assets/words.js";

learn({
  deskTag: ["服务台：这笔钱在哪里，现在怎么办", "The desk: where this money is, and what to do now"],
  deskFoot: ["每次查看和操作都记入审计日志。卡号只在查询时使用，不显示、不保存。与任何卡组织无关，未经认证。", "Every look and act is written to the audit log. A card number is used for the search only, never shown, never kept. Not affiliated with any scheme, not certified."],
  opsLink: ["运营", "Operations"], signIn: ["登录", "Sign in"], signOut: ["退出", "Sign out"], signInTitle: ["登录服务台", "Sign in to the desk"],
  person: ["姓名", "Name"], password: ["口令", "Password"], code: ["动态码（启用时）", "Authenticator code (if set up)"],
  over: ["登录已结束", "Your session is over"], overWhat: ["长时间没有操作，或在别处退出。重新登录后回到原处，刚才的操作没有执行。", "It rested too long, or was ended elsewhere. Sign in and you are back where you were; what you asked last was not done."],
  signedOut: ["已退出", "Signed out"], as: ["当前登录", "Signed in"],
  // search
  search: ["查一笔交易", "Find a payment"], byRrn: ["参考号", "Reference"], byCard: ["商户＋终端＋卡", "Shop + terminal + card"], byAmount: ["金额＋日期＋末四位", "Amount + day + last four"],
  rrnField: ["参考号（签购单上，12 位）", "Reference number (on the slip, 12 characters)"], merchantField: ["商户号（15 位）", "Merchant number (15)"], terminalField: ["终端号（8 位）", "Terminal number (8)"],
  cardField: ["卡号（完整，或 999001******0014）", "Card (whole, or 999001******0014)"], wholeCard: ["卡号（完整）", "Card number (whole)"], amountWord: ["金额", "Amount"], amountField: ["金额（元）", "Amount (CNY)"], dateField: ["日期（终端上的）", "Day (at the till)"], last4Field: ["卡号末四位", "Last four digits"],
  amountMaybe: ["金额（元，有多笔时）", "Amount (CNY, if several)"],
  find: ["查询", "Find"], finding: ["正在询问各方……", "Asking every party…"], others: ["也符合条件的较早交易", "Earlier ones that fit as well"],
  caller: ["不登录：只得到一句结论", "Without signing in: one sentence only"], callerAgent: ["查询：只得到一句结论", "Ask: one sentence only"], act_find: ["查询", "found by its keys"], act_view: ["查看", "looked at"], act_slip: ["看签购单", "look at the slip"], act_slip_picture: ["取签购单图", "slip as a file"], act_trail: ["看审计记录", "look at the trail"], act_reprint: ["重打签购单", "print again"], act_propose_refund: ["提出退货", "propose a refund"],
  act_order_refund: ["开立退货单", "order a refund"], act_order_refund_refused: ["开立退货单被拒", "order refused"], act_withdraw_refund: ["撤回退货单", "withdraw an order"], act_withdraw_refund_refused: ["撤回退货单被拒", "withdrawal refused"], act_merchant_payment: ["商户查看", "look of the shop"], act_inquiry: ["一句结论", "one sentence"],
  role_cashier: ["收银员", "cashier"], role_supervisor: ["主管", "supervisor"], role_merchant: ["商户", "merchant"], role_agent: ["服务商", "agent"], role_desk: ["客服", "support desk"], role_operations: ["运营", "operations"], role_auditor: ["审计", "auditor"],
  searchLabel: ["查询", "Search"], callerWhat: ["给出商户号、终端号和完整卡号。三次不符，该终端的查询暂停 15 分钟。", "Give merchant, terminal and the whole card number. Three misses pause that terminal's questions for 15 minutes."],
  // result
  result: ["结论", "Verdict"], nowCashier: ["收银员现在", "The cashier now"], nowHolder: ["持卡人现在", "The cardholder now"], byItself: ["自动进行", "By itself"],
  voucher: ["凭证号", "Voucher"], shop: ["商户", "Merchant"], kind: ["类型", "Kind"], due: ["最迟", "At the latest"],
  timeline: ["各方的记录，按时间先后", "What every party has on record, in order of time"], noTime: ["未说明时间", "no time told"],
  deeds: ["现在可以做的", "What may be done now"], ask_again: ["再问一次", "Ask again"], reprint2: ["重打签购单", "Print the slip again"], propose_refund: ["提出退货", "Propose a refund"],
  printing: ["终端正在重打，签购单标有“重打印”", "The terminal prints it again, marked as a duplicate"], printingAlready: ["刚才已经要求重打：只出一张", "It was asked for a moment ago: one paper comes out"], asked: ["各方已重新询问", "Every party was asked anew"],
  because: ["原因（不写卡号）", "Why (no card number)"], propose: ["提出", "Propose"], proposeWhat: ["这里不动账：商户在终端上按参考号退货，退回原卡。", "No money moves here: the shop refunds at its till by the reference number, to the card that paid."],
  proposed: ["已提出退货", "A refund is proposed"], proposals: ["待商户办理的退货", "Refunds that shops are asked to make"], noProposals: ["没有", "None"],
  slipTitle: ["签购单", "The slip"], asPrinted: ["持卡人存根，原样", "Cardholder copy, as printed"], merchantAs: ["商户存根，原样", "Merchant copy, as printed"], asReprint: ["重打时的样子", "As it comes again"],
  noCopy: ["收单行存档中没有这张签购单。", "The acquirer's archive has no copy of a slip."], contradicted: ["注意：同一凭证号后来又上送过内容不同的签购单。", "Beware: another slip was handed in later under this number."],
  links: ["相关交易、差错和争议", "Linked payments, cases and disputes"], original: ["原交易", "Is about"], successors: ["后续", "Followed by"], second_of: ["先付的一笔", "First payment"], paid_again: ["又付一笔", "Paid again"],
  case: ["差错", "Case"], dispute: ["争议", "Dispute"], openWord: ["未结", "open"],
  trail: ["谁看过、做过什么", "Who saw and did what"], who: ["谁", "Who"], role: ["角色", "Role"], from: ["来自", "From"], act: ["动作", "Act"], said: ["结果", "Result"], at: ["时间", "Time"],
  stoppedNet: ["网络没有回应：没有做成，也不知对方是否收到。恢复后请再问一次，不要重复操作。", "The network does not answer: this was not confirmed. Once it is back, ask again before doing it again."], retry: ["再试", "Try again"],
  party_terminal: ["终端", "terminal"], party_acquirer: ["收单行", "acquirer"], party_switch: ["交换中心", "switch"], party_issuer: ["发卡行", "issuer"],
});
