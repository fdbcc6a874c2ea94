"""The widget on other sites: a fictional host on another host name, and the browser between the two."""
