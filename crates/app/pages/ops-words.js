// Words of operations in both languages. What the network tells comes in both.

import { learn } from "/assets/words.js";

learn({
  opsTag: ["运营：网络现在怎样，谁在等什么", "Operations: how the network stands, and who waits for what"],
  opsFoot: ["每次查看和指令都记入审计日志。动账指令须由另一人复核。与任何卡组织无关，未经认证。", "Every look and order is written to the audit log. What moves money needs a second person. Not affiliated with any scheme, not certified."],
  opsSignIn: ["登录运营", "Sign in to operations"], notYours: ["此页只给运营和审计人员。", "This page is for operations and auditors only."],
  unsettled: ["未能结算", "not settled"], lookBy: ["处理期限", "to be looked at by"],
  overview: ["一览", "Overview"], asOf: ["网络时间", "Network time"], stale: ["网络没有回应，正在重试。以下是之前看到的：", "The network does not answer; trying again. Below is what was seen before, as of"],
  backAgain: ["网络已恢复", "The network is back"],
  parties: ["各方", "Parties"], party: ["一方", "Party"], up: ["运行", "up"], down: ["停止", "down"], unplugged: ["已断电", "no power"], since: ["自", "since"],
  batches: ["存储批次", "store batch"], lines: ["线路", "lines"], outboxWord: ["待发", "outbox"], oldest: ["最久", "oldest"], overdueWord: ["逾期", "overdue"], inputsWord: ["已处理", "inputs"],
  ops_terminals: ["自有终端", "own terminals"], ops_acquirer: ["收单行", "acquirer"], ops_switch: ["交换中心", "switch"], ops_issuer1: ["发卡行一", "issuer 1"], ops_issuer2: ["发卡行二", "issuer 2"], ops_centre: ["网络中心", "centre"],
  charts: ["最近两分钟", "The last two minutes"], perSecond: ["每秒处理", "inputs per second"], depth: ["待发条数", "entries in outboxes"], hour: ["最近一小时：每秒处理", "The last hour: inputs per second"], chartNow: ["现在", "now"], chartMost: ["最高", "most"],
  days: ["营业日与日切", "Business day and cut-over"], businessDay: ["营业日", "business day"], closedThrough: ["已关账至", "closed through"], closing: ["待关账", "to be closed"], waitingMember: ["成员未应答", "a member has not answered"], cutQuiet: ["没有未应答的日切", "every member has answered"],
  openNow: ["未决交易，按已等时间", "Open exchanges, by age"], waitsFor: ["等待", "waits for"], count: ["笔数", "count"], under1m: ["<1 分", "<1 min"], under1h: ["<1 时", "<1 h"], under1d: ["<1 天", "<1 d"], over1d: ["≥1 天", "≥1 d"], none: ["没有", "none"],
  promises: ["承诺的时限", "Promises and their clocks"], running: ["进行", "running"], breached: ["超时", "breached"], next: ["下一个", "next"],
  past: ["最近几日：清算、结算、对账", "The last days: cleared, settled, compared"], day: ["日期", "Day"], cleared: ["清算", "cleared"], settled: ["结算", "settled"], whole: ["完整", "whole"], missingLists: ["缺名单", "lists missing"], notYet: ["未做", "not yet"],
  keptMoney: ["不在两头的钱", "Money that is neither here nor there"], suspenseSum: ["挂账", "in suspense"], heldSum: ["暂缓结算", "held of merchants"], lossSum: ["收单行承担", "borne by the acquirer"],
  keyAges: ["密钥", "Keys"], keysCount: ["把", "keys"], keysDue: ["应更换", "due for renewal"], keysUnknown: ["年龄不明", "of unknown age"], keysShut: ["打不开", "cannot be shown"],
  queues: ["各方队列", "Queues"], queue: ["队列", "queue"],
  // Tables from which rows leave, by their names in the store.
  q_open: ["等待应答或确认的交易", "exchanges that wait for an answer or a word"], q_relay: ["待转送的通知", "advices to be passed on"], "q_open case": ["未结差错", "open cases"], q_unsettled: ["未结算的终端批次", "terminal batches not settled"], "q_open dispute": ["未结争议", "open disputes"], q_hold: ["预授权冻结", "pre-authorisation holds"], "q_missing file": ["缺少的清算文件", "clearing files that are missing"], q_reset: ["未完成的密钥重置", "key changes under way"], q_closing: ["待关账的营业日", "business days to be closed"], q_cut: ["未应答的日切通知", "cut-overs without an answer"],
  // Keys, by their use.
  use_tmk: ["终端主密钥", "terminal master key"], use_pik: ["终端 PIN 密钥", "terminal PIN key"], use_mak: ["终端 MAC 密钥", "terminal MAC key"], use_zpk: ["区域 PIN 密钥", "zone PIN key"], use_zak: ["区域 MAC 密钥", "zone MAC key"], use_pvk: ["PIN 校验密钥", "PIN verification key"], use_token: ["卡号令牌密钥", "card token key"], use_seal: ["卡号加密密钥", "card number sealing key"], use_zmk: ["区域主密钥", "zone master key"], use_tdk: ["终端磁道密钥", "terminal track key"], use_bdk: ["DUKPT 基础密钥", "DUKPT base key"], use_ipek: ["DUKPT 初始密钥", "DUKPT initial key"], use_imk: ["发卡行芯片主密钥", "issuer master key of chips"], use_zone: ["区域密钥（报文更换）", "zone key (renewed by message)"], "use_zone, accepted only": ["上一代区域密钥（只收不发）", "former zone key (accepted, not used)"],
  // Those at the other end of a line.
  to_switch: ["交换中心", "switch"], to_phone: ["持卡人手机", "cardholder's phone"], to_desk: ["查询", "inquiry"], to_line: ["线路", "line"],
  ks_open: ["打开", "open"], ks_shut: ["打不开", "cannot be shown"], ks_token: ["在密码设备内", "in a token"], ks_file: ["密钥文件", "key file"], ks_message: ["报文更换", "by message"],
  // Differences between lists.
  cl_doubled: ["重复", "twice"], cl_amount: ["金额不符", "another amount"], cl_date: ["日期不符", "another day"],
  // lists
  lists: ["清单", "Lists"], list_exchanges: ["未决交易", "Open exchanges"], list_outbox: ["待发", "Outboxes"], list_cases: ["差错", "Cases"], list_differences: ["对账差异", "Differences"], list_disputes: ["争议", "Disputes"], list_suspense: ["挂账", "Suspense"], list_holds: ["暂缓结算", "Holds"], list_returned: ["退汇", "Returned payouts"], list_keys: ["密钥", "Keys"], list_orders: ["指令", "Orders"],
  more: ["更多", "More"], refresh: ["刷新", "Look again"], emptyList: ["没有", "Nothing"], loading: ["正在查询……", "Asking…"],
  exchange: ["交易", "Exchange"], amountCol: ["金额（元）", "Amount (CNY)"], dueCol: ["期限", "Due"], ageCol: ["已等", "Age"], toCol: ["发往", "To"], whatCol: ["内容", "What"], numberCol: ["编号", "Number"], groundCol: ["原因", "Ground"], ownerCol: ["责任方", "Owner"], classCol: ["类别", "Class"], missedCol: ["已错过的期限", "Steps missed"], houseCol: ["机构", "House"], standingCol: ["现状", "Stands"], merchantCol: ["商户", "Merchant"], untilCol: ["至", "Until"], takenCol: ["已暂缓（元）", "Held (CNY)"], payoutCol: ["付款", "Payout"], codeCol: ["原因码", "Code"], nameCol: ["名称", "Name"], useCol: ["用途", "Use"], kcvCol: ["校验值", "Check value"], ageDays: ["天数", "Days old"], act: ["办理", "Act"], byCol: ["提出", "Proposed by"], becauseCol: ["原因", "Because"],
  // orders
  waitingOrders: ["待另一人复核", "Waiting for a second person"], noOrders: ["没有待复核的指令", "No order waits"], propose: ["提出……", "Propose…"], proposeHold: ["暂缓商户资金……", "Hold a merchant's money…"], proposeDispute: ["争议的一步……", "A step of a dispute…"],
  approve: ["同意并办理", "Approve and carry out"], refuseOrder: ["拒绝", "Refuse"], takeBack: ["撤回", "Take back"], withdraw: ["办理前撤回", "Withdraw before it is done"], review: ["复核", "Review"], mine: ["您提出的：须另一人复核", "Yours: another person approves it"], expires: ["过期", "expires"], moves: ["动账", "Moves"], atMost: ["最多", "at most"], proposedNow: ["已提出，等另一人复核", "Proposed: another person approves it"], why: ["原因（一行，不写卡号）", "Why (one line, no card number)"], proposeIt: ["提出", "Propose it"],
  kind_case: ["结案", "End a case"], kind_repair: ["补救", "Repair"], kind_hold: ["暂缓商户资金", "Hold a merchant's money"], kind_release: ["解除暂缓", "End a hold"], kind_repay: ["重付退汇", "Pay again"], kind_dispute: ["争议一步", "A step of a dispute"],
  st_waiting: ["待复核", "waiting"], st_expired: ["已过期", "expired"], st_refused: ["已拒绝", "refused"], st_under_way: ["办理中", "under way"], st_done: ["已办理", "done"], st_not_taken: ["未办理，未动账", "not done, nothing moved"],
  finding: ["结论", "Finding"], ground: ["原因", "Ground"], about: ["参考号", "Reference number"], doubt: ["存疑金额（元，不关某笔交易时）", "Amount in doubt (CNY, if it is about no exchange)"], amountYuan: ["金额（元）", "Amount (CNY)"], until: ["至（日期）", "Until (day)"], disputeNumber: ["争议编号或参考号", "Dispute or reference number"], step: ["步骤", "Step"], reason: ["原因码", "Reason code"],
  notNow: ["按该交易现状不能这样结案", "the exchange does not bear it as it stands"],
  "slip-shown": ["已出示签购单", "slip shown"], "no-slip": ["无签购单", "no slip"], "as-booked": ["以主机记录为准", "as booked"], "one-purchase": ["一次购买，退多付的一笔", "one purchase: refund the surplus"], "two-purchases": ["两次购买", "two purchases"],
  "open-case": ["未结差错", "open case"], retrieval: ["调单", "retrieval"], chargeback: ["退单", "chargeback"], "fraud-claim": ["欺诈申诉", "fraud claim"], "risk-hit": ["命中风险规则", "a risk rule was hit"], registration: ["登记待核", "registration in doubt"], order: ["有权机关要求", "an authority's order"],
  d_retrieval: ["调单", "retrieval"], d_chargeback: ["一次退单", "first chargeback"], d_answer: ["调单回复", "answer to the retrieval"], d_open: ["调单或退单（按原因码）", "retrieval or chargeback, by reason code"], "d_re-presentment": ["再请款", "re-presentment"], "d_second-chargeback": ["二次退单", "second chargeback"], "d_award-cardholder": ["裁给持卡人", "award to the cardholder"], "d_award-merchant": ["裁给商户", "award to the merchant"], "d_give-back": ["贷记调整退款", "give back by credit adjustment"], "d_charge-back": ["答复：请退单", "answer: charge it back"], "d_slip-found": ["答复：有签购单", "answer: slip found"], "d_cannot-prove": ["答复：无法证明", "answer: cannot prove"], "d_adjusted": ["答复：已调整", "answer: adjusted"],
});
