// Presses the one button of a page to which another site has sent its reader back.
document.querySelector("form[data-go-on]").submit();
