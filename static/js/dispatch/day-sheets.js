// The day on paper: the server drew it, the browser prints it.
document.getElementById("print")?.addEventListener("click", () => print());
