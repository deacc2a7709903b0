package trial

// legacyCallNames are those that newer platforms don't have.
var legacyCallNames map[int]string
