// The form page: answers while typing, and the focus where the eye should go after a refusal.
import { improve } from "./request.js";

document.querySelectorAll("form[data-request]").forEach(improve);
document.querySelector("[data-focus]")?.focus();
