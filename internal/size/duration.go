package size

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ParseDuration returns the duration that text names as Go writes them: "90s", "1h30m", "250ms". "0" needs no unit; every
// other number does. Negative durations are errors.
func ParseDuration(text string) (time.Duration, error) {
	const example = "expected a number and its unit, such as 90s, 5m or 1h30m, at most 2562047h"
	switch {
	case text == "":
		return 0, errors.New("empty duration: " + example)
	case text != "0" && strings.Trim(text, "0123456789") == "":
		return 0, fmt.Errorf("%s lacks its unit: write %ss or %sm", text, text, text)
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s is not a duration: %s", show(text), example)
	case d < 0:
		return 0, fmt.Errorf("%s is negative", show(text))
	}
	return d, nil
}

// Duration is a duration that an option sets: a pflag.Value.
type Duration time.Duration

// String prints the duration as Go does, and none as 0, which usage texts leave out.
func (d *Duration) String() string {
	if *d == 0 {
		return "0"
	}
	return time.Duration(*d).String()
}

// Set takes the duration from text, as ParseDuration does.
func (d *Duration) Set(text string) error {
	parsed, err := ParseDuration(text)
	if err == nil {
		*d = Duration(parsed)
	}
	return err
}

// Type is what usage texts call the option's argument.
func (d *Duration) Type() string { return "D" }
