package size

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// sizes are texts and the bytes that they name.
var sizes = map[string]int64{
	"0":                              0,
	"1":                              1,
	"65536":                          65536,
	"007":                            7,
	"5B":                             5,
	"64KiB":                          64 << 10,
	"3MiB":                           3 << 20,
	"1GiB":                           1 << 30,
	"2TiB":                           2 << 40,
	"2PiB":                           2 << 50,
	"7EiB":                           7 << 60,
	"1kB":                            1e3,
	"15MB":                           15e6,
	"15GB":                           15e9,
	"2TB":                            2e12,
	"2PB":                            2e15,
	"9EB":                            9e18,
	"8GiB-1":                         8<<30 - 1,
	"8GiB+1":                         8<<30 + 1,
	"1GiB-4KiB":                      1<<30 - 4<<10,
	"1kB+24B":                        1 << 10,
	"1MiB-1MiB":                      0,
	"9223372036854775807":            math.MaxInt64,
	"8EiB-1":                         math.MaxInt64,
	"16EiB-9EiB":                     7 << 60,
	"0EiB":                           0,
	strings.Repeat("0", 40) + "1KiB": 1 << 10,
	"9223372036854775808-1":          math.MaxInt64,
	"4611686018427387904+1EiB":       5 << 60,
}

func TestParse(t *testing.T) {
	for text, want := range sizes {
		t.Run("text="+text, func(t *testing.T) {
			got, err := Parse(text)
			if err != nil || got != want {
				t.Errorf("got %d, %v, want %d", got, err, want)
			}
		})
	}
}

// notSizes are texts that name no size, and how what is said of them begins.
var notSizes = map[string]string{
	"1M":                   "1M is ambiguous: write 1MiB (1048576) or 1MB (1000000)",
	"1K":                   "1K is ambiguous: write 1KiB (1024) or 1kB (1000)",
	"1k":                   "1k is ambiguous: write 1KiB (1024) or 1kB (1000)",
	"64KB":                 "64KB is ambiguous: write 64KiB (65536) or 64kB (64000)",
	"2G":                   "2G is ambiguous: write 2GiB (2147483648) or 2GB (2000000000)",
	"8E":                   "8E is ambiguous: write 8EiB (9223372036854775808) or 8EB (8000000000000000000)",
	"8GiB-1K":              "1K is ambiguous: write 1KiB (1024) or 1kB (1000)",
	"64kib":                "64kib: no unit is called kib: write 64KiB",
	"64b":                  "64b: no unit is called b: write 64B",
	"3mb":                  "3mb: no unit is called mb: write 3MB",
	"":                     "empty size: expected whole bytes",
	"1.5GiB":               "1.5GiB is not a size: expected whole bytes",
	"-1":                   "-1 is not a size",
	"+1":                   "+1 is not a size",
	"GiB":                  "GiB is not a size",
	"1GiB-":                "1GiB- is not a size",
	"1GiB--1":              "1GiB--1 is not a size",
	"1GiB-1-1":             "1GiB-1-1 is not a size: at most one + or -",
	" 1":                   `" 1" is not a size`,
	"1 GiB":                `"1 GiB" is not a size`,
	"1GiB ":                `"1GiB " is not a size`,
	"1GiB - 1":             `"1GiB - 1" is not a size`,
	"1e6":                  "1e6 is not a size",
	"0x10":                 "0x10 is not a size",
	"1_000":                "1_000 is not a size",
	"1,000":                "1,000 is not a size",
	"1ZiB":                 "1ZiB is not a size",
	"٣":                    "٣ is not a size",
	"1-2":                  "1-2 is negative",
	"1KiB-1MiB":            "1KiB-1MiB is negative",
	"8EiB":                 "8EiB is too large: the most is 8EiB-1 (9223372036854775807)",
	"8EiB+0":               "8EiB+0 is too large",
	"9223372036854775808":  "9223372036854775808 is too large",
	"18446744073709551617": "18446744073709551617 is too large", // 1 modulo 2^64
	"16EiB":                "16EiB is too large",                // 0 modulo 2^64
	"8EiB-1+1":             "8EiB-1+1 is not a size",
}

func TestParseError(t *testing.T) {
	for text, want := range notSizes {
		t.Run("text="+text, func(t *testing.T) {
			n, err := Parse(text)
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %d, %v, want %s", n, err, want)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	for n, want := range map[int64]string{
		0:             "0",
		1:             "1",
		1000:          "1kB",
		1023:          "1023",
		1024:          "1KiB",
		1025:          "1025",
		65536:         "64KiB",
		65535:         "65535",
		1e6:           "1MB",
		1024000:       "1024kB",
		8 << 30:       "8GiB",
		8<<30 - 1:     "8GiB-1",
		8<<30 + 1:     "8GiB+1",
		8<<30 + 2:     "8589934594",
		15e9:          "15GB",
		math.MaxInt64: "8EiB-1",
		-5:            "-5",
	} {
		t.Run("text="+want, func(t *testing.T) {
			if got := Format(n); got != want {
				t.Errorf("Format(%d) = %s, want %s", n, got, want)
			}
		})
	}
}

// TestFormatRoundTrip: what Format prints, Parse reads, and it is never longer than the digits.
func TestFormatRoundTrip(t *testing.T) {
	const seed = 1
	rnd := rand.New(rand.NewPCG(seed, 0))
	check := func(n int64) {
		t.Helper()
		if n < 0 {
			return
		}
		text := Format(n)
		if got, err := Parse(text); err != nil || got != n {
			t.Errorf("seed %d: Format(%d) = %s, which parses as %d, %v", seed, n, text, got, err)
		}
	}
	for _, u := range allUnits {
		for offset := int64(-2); offset <= 2; offset++ {
			check(u.bytes.Int64() + offset)
		}
	}
	for range 20000 {
		n := rnd.Int64() >> rnd.IntN(63)
		check(n)
		check(n >> 20 << 20)
		check(n/1000*1000 - 1)
	}
}

func TestValue(t *testing.T) {
	v := Value(7)
	if err := v.Set("1M"); err == nil || v != 7 {
		t.Errorf("after an error: %v, %d, want an error and the old value", err, v)
	}
	if err := v.Set("8GiB-1"); err != nil || v != 8<<30-1 || v.String() != "8GiB-1" {
		t.Errorf("got %v, %d, %s", err, v, v.String())
	}
}

// durations are texts and what they name.
var durations = map[string]time.Duration{
	"0":        0,
	"0s":       0,
	"30s":      30 * time.Second,
	"5m":       5 * time.Minute,
	"1h30m":    90 * time.Minute,
	"250ms":    250 * time.Millisecond,
	"1.5s":     1500 * time.Millisecond,
	"2562047h": 2562047 * time.Hour,
}

func TestParseDuration(t *testing.T) {
	for text, want := range durations {
		t.Run("text="+text, func(t *testing.T) {
			if got, err := ParseDuration(text); err != nil || got != want {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
		})
	}
}

// notDurations are texts that name no duration, and how what is said of them begins.
var notDurations = map[string]string{
	"30":       "30 lacks its unit: write 30s or 30m",
	"":         "empty duration: expected",
	"-5s":      "-5s is negative",
	"1d":       "1d is not a duration: expected",
	"5 m":      `"5 m" is not a duration`,
	"s":        "s is not a duration",
	"forever":  "forever is not a duration",
	"2562048h": "2562048h is not a duration: expected a number and its unit, such as 90s, 5m or 1h30m, at most 2562047h",
}

func TestParseDurationError(t *testing.T) {
	for text, want := range notDurations {
		t.Run("text="+text, func(t *testing.T) {
			d, err := ParseDuration(text)
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %v, %v, want %s", d, err, want)
			}
		})
	}
}

func TestDuration(t *testing.T) {
	d := Duration(time.Minute)
	if err := d.Set("30"); err == nil || d.String() != "1m0s" {
		t.Errorf("after an error: %v, %v, want an error and the old value", err, d.String())
	}
	if err := d.Set("30s"); err != nil || time.Duration(d) != 30*time.Second {
		t.Errorf("got %v, %v", err, d.String())
	}
}
