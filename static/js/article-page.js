// An article: the opinion is given without leaving the page.
import { improve } from "./opinion.js";

document.querySelectorAll("[data-opinion]").forEach(improve);
