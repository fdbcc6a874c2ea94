// As Facebook did: the page posts the signed request into the frame by itself. Without scripts, the button does it.
const opening = document.getElementById("opening");
opening.submit();
opening.hidden = true;
