// A new account starts in the zone that the device is set to.
const select = document.querySelector('select[name="time_zone"]');
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (select?.value === "UTC" && [...select.options].some((option) => option.value === own)) select.value = own;
