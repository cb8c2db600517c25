// The first thing that runs: the shell, and the page that the server set it up for.

import { shell } from "/assets/shell.js";

shell();
const page = document.documentElement.dataset.page;
const { open } = await import({ theatre: "/assets/theatre.js", desk: "/assets/desk.js", merchant: "/assets/merchant.js", ops: "/assets/ops.js" }[page] ?? "/assets/gate.js");
open(document.getElementById("main"));
