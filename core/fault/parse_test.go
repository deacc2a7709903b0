package fault

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// refused are texts that look like plans, with the place of what is wrong with each and what is said of it.
var refused = []struct {
	text   string
	offset int
	msg    string
}{
	{";", 0, "expected a trigger (" + triggersForTest + "), found \";\""},
	{"at", 2, "expected a size after \"at\", found the end"},
	{"at ;", 3, "expected a size after \"at\", found \";\""},
	{"at 5", 4, "expected an action (" + verbsForTest + "), found the end"},
	{"at 5 ;", 5, "expected an action (" + verbsForTest + "), found \";\""},
	{"at 5 EIO;", 9, "expected another rule after \";\", found the end"},
	{"at 5 EIO; ;", 10, "expected a trigger (" + triggersForTest + "), found \";\""},
	{"; at 5 EIO", 0, "expected a trigger (" + triggersForTest + "), found \";\""},
	{"EIO", 0, "unknown trigger \"EIO\": expected " + triggersForTest},
	{"at EIO", 3, "EIO is not a size: expected whole bytes such as 65536, 64KiB, 1GB or 8GiB-1"},
	{"at 1M EIO", 3, "1M is ambiguous: write 1MiB (1048576) or 1MB (1000000)"},
	{"at 1mb EIO", 3, "1mb: no unit is called mb: write 1MB"},
	{"at -1 EIO", 3, "-1 is not a size: expected whole bytes such as 65536, 64KiB, 1GB or 8GiB-1"},
	{"at 1.5KiB EIO", 3, "1.5KiB is not a size: expected whole bytes such as 65536, 64KiB, 1GB or 8GiB-1"},
	{"at 8EiB EIO", 3, "8EiB is too large: the most is 8EiB-1 (9223372036854775807)"},
	{"at 64 KiB EIO", 6, "unknown action \"KiB\": expected " + verbsForTest},
	{"att 5 EIO", 0, "unknown trigger \"att\": expected " + triggersForTest},
	{"At 5 EIO", 0, "unknown trigger \"At\": did you mean \"at\"?"},
	{"after 5 EIO", 0, "unknown trigger \"after\": expected " + triggersForTest},
	{"acros 5 EIO", 0, "unknown trigger \"acros\": did you mean \"across\"?"},
	{"read 5 EIO", 5, "expected \"at\" after \"read\", found \"5\""},
	{"read", 4, "expected \"at\" after \"read\", found the end"},
	{"read to 5 EIO", 5, "expected \"at\" after \"read\", found \"to\""},
	{"read at EIO", 8, "EIO is not a size: expected whole bytes such as 65536, 64KiB, 1GB or 8GiB-1"},
	{"every 0 EIO", 0, "\"every 0\" is no distance: expected 1 or more"},
	{"every EIO", 6, "EIO is not a size: expected whole bytes such as 65536, 64KiB, 1GB or 8GiB-1"},
	{"evry 5 EIO", 0, "unknown trigger \"evry\": did you mean \"every\"?"},
	{"call EIO", 5, "\"EIO\" is not the number of a call: expected a whole number from 1"},
	{"call 0 EIO", 5, "\"0\" is not the number of a call: expected a whole number from 1"},
	{"call -1 EIO", 5, "\"-1\" is not the number of a call: expected a whole number from 1"},
	{"call 1KiB EIO", 5, "\"1KiB\" is not the number of a call: expected a whole number from 1"},
	{"call 01 EIO", 5, "\"01\" is not the number of a call: expected a whole number from 1"},
	{"call", 4, "expected the number of a call after \"call\", found the end"},
	{"when_full exit 1", 0, "unknown trigger \"when_full\": did you mean \"when-full\"?"},
	{"when-ful exit 1", 0, "unknown trigger \"when-ful\": did you mean \"when-full\"?"},
	{"open", 4, "expected an action (" + verbsForTest + "), found the end"},
	{"opn EIO", 0, "unknown trigger \"opn\": did you mean \"open\"?"},
	{"close", 5, "expected an action (" + verbsForTest + "), found the end"},
	{"close 5 EIO", 6, "unknown action \"5\": expected " + verbsForTest},
	{"fsync 3", 6, "unknown action \"3\": expected " + verbsForTest},
	{"sync EIO", 0, "unknown trigger \"sync\": did you mean \"fsync\"?"},
	{"rename ->", 7, "expected an action (" + verbsForTest + "), found \"->\""},
	{"at 5 ENOSPACE", 5, "unknown action \"ENOSPACE\": did you mean \"ENOSPC\"?"},
	{"at 5 enospc", 5, "unknown action \"enospc\": did you mean \"ENOSPC\"?"},
	{"at 5 E", 5, "unknown action \"E\": expected " + verbsForTest},
	{"at 5 fail", 5, "unknown action \"fail\": expected " + verbsForTest},
	{"at 5 28", 5, "unknown action \"28\": expected " + verbsForTest},
	{"at 5 \"EIO\"", 5, "expected an action (" + verbsForTest + "), found the string \"EIO\""},
	{"at \"5\" EIO", 3, "expected a size after \"at\", found the string \"5\""},
	{"at 5 ->", 5, "expected an action (" + verbsForTest + "), found \"->\""},
	{"at 5 -> EIO", 5, "expected an action (" + verbsForTest + "), found \"->\""},
	{"at 5 EIO ->", 11, "expected an action (" + verbsForTest + "), found the end"},
	{"at 5 EIO -> -> EPIPE", 12, "expected an action (" + verbsForTest + "), found \"->\""},
	{"at 5 EIO > EPIPE", 9, "expected \";\" or \"->\" or the end, found \">\""},
	{"at 5 EIO EPIPE", 9, "expected \";\" or \"->\" or the end, found \"EPIPE\""},
	{"at 5 EIO, EPIPE", 5, "unknown action \"EIO,\": did you mean \"EIO\"?"},
	{"at 5 EIO*", 9, "expected a count after \"*\", found the end"},
	{"at 5 EIO*0", 9, "\"0\" is not a count: expected a whole number from 1"},
	{"at 5 EIO*-1", 9, "\"-1\" is not a count: expected a whole number from 1"},
	{"at 5 EIO*x", 9, "\"x\" is not a count: expected a whole number from 1"},
	{"at 5 EIO**2", 9, "expected a count after \"*\", found \"*\""},
	{"at 5 *2", 5, "expected an action (" + verbsForTest + "), found \"*\""},
	{"at 5 EIO*2*3", 10, "expected \";\" or \"->\" or the end, found \"*\""},
	{"at 5 EIO*9223372036854775808", 9, "\"9223372036854775808\" is not a count: expected a whole number from 1"},
	{"at 5 exit 1*2", 11, "\"exit 1\" happens once: expected no count"},
	{"at 5 kill KILL*2", 14, "\"kill KILL\" happens once: expected no count"},
	{"at 5 stall forever*2", 18, "\"stall forever\" happens once: expected no count"},
	{"at 5 reset*2", 10, "\"reset\" happens once: expected no count"},
	{"at 5 hangup*2", 11, "\"hangup\" happens once: expected no count"},
	{"at 5 nonblock 1*2", 15, "\"nonblock 1\" happens once: expected no count"},
	{"at 5 rate 1MB/s*2", 15, "\"rate 1MB/s\" happens once: expected no count"},
	{"at 5 stall until-full*2", 21, "\"stall until-full\" happens once: expected no count"},
	{"at 5 short", 10, "expected a size after \"short\", found the end"},
	{"at 5 short 0", 5, "\"short 0\" is no write: expected 1 byte or more"},
	{"at 5 short -1", 11, "-1 is not a size: expected whole bytes such as 65536, 64KiB, 1GB or 8GiB-1"},
	{"at 5 short 1K", 11, "1K is ambiguous: write 1KiB (1024) or 1kB (1000)"},
	{"at 5 short EIO", 11, "EIO is not a size: expected whole bytes such as 65536, 64KiB, 1GB or 8GiB-1"},
	{"at 5 stall", 10, "expected a duration, \"forever\", \"until-full\" or \"until\" after \"stall\", found the end"},
	{"at 5 stall 5", 11, "5 lacks its unit: write 5s or 5m; or \"forever\", \"until-full\", \"until\" and a file in quotes"},
	{"at 5 stall 0s", 11, "\"0s\" is no time to stall: expected more than 0s"},
	{"at 5 stall -1s", 11, "-1s is negative; or \"forever\", \"until-full\", \"until\" and a file in quotes"},
	{"at 5 stall 1 s", 11, "1 lacks its unit: write 1s or 1m; or \"forever\", \"until-full\", \"until\" and a file in quotes"},
	{"at 5 stall for ever", 11, "for is not a duration: expected a number and its unit, such as 90s, 5m or 1h30m, at most 2562047h; or \"forever\", \"until-full\", \"until\" and a file in quotes"},
	{"at 5 stall until", 16, "expected a file in double quotes after \"stall until\", found the end"},
	{"at 5 stall until file", 17, "expected a file in double quotes after \"stall until\", found \"file\""},
	{"at 5 stall until \"\"", 17, "the string \"\" names no file"},
	{"at 5 stall until \"a", 17, "expected a file in double quotes after \"stall until\", found \"a, which is no whole string as Go writes it"},
	{"at 5 stall until \"a\\q\"", 17, "expected a file in double quotes after \"stall until\", found \"a\\q\", which is no whole string as Go writes it"},
	{"at 5 stall until \"a\\x00\"", 17, "the string \"a\\x00\" names no file"},
	{"at 5 stall until-ful", 11, "until-ful is not a duration: expected a number and its unit, such as 90s, 5m or 1h30m, at most 2562047h; or \"forever\", \"until-full\", \"until\" and a file in quotes"},
	{"at 5 rate", 9, "expected a rate such as 10MB/s after \"rate\", found the end"},
	{"at 5 rate 10MB", 10, "expected a rate such as 10MB/s after \"rate\", found \"10MB\""},
	{"at 5 rate 10M/s", 10, "10M is ambiguous: write 10MiB (10485760) or 10MB (10000000)"},
	{"at 5 rate 0/s", 10, "\"0/s\" never moves: expected 1/s or more, or \"stall forever\""},
	{"at 5 rate /s", 10, "empty size: expected whole bytes such as 65536, 64KiB, 1GB or 8GiB-1"},
	{"at 5 exit", 9, "expected an exit status after \"exit\", found the end"},
	{"at 5 exit 256", 10, "\"256\" is not an exit status: expected a whole number from 0 to 255"},
	{"at 5 exit -1", 10, "\"-1\" is not an exit status: expected a whole number from 0 to 255"},
	{"at 5 exit one", 10, "\"one\" is not an exit status: expected a whole number from 0 to 255"},
	{"at 5 exit 01", 10, "\"01\" is not an exit status: expected a whole number from 0 to 255"},
	{"at 5 kill", 9, "expected a signal such as KILL after \"kill\", found the end"},
	{"at 5 kill 9", 10, "unknown signal \"9\": expected a name such as KILL"},
	{"at 5 kill KIL", 10, "unknown signal \"KIL\": did you mean \"KILL\"?"},
	{"at 5 kill kill", 10, "unknown signal \"kill\": did you mean \"KILL\"?"},
	{"at 5 kill USR3", 10, "unknown signal \"USR3\": did you mean \"USR1\"?"},
	{"at 5 nonblock", 13, "expected a descriptor after \"nonblock\", found the end"},
	{"at 5 nonblock x", 14, "\"x\" is not a descriptor: expected a whole number from 0 to 1048576"},
	{"at 5 nonblock -1", 14, "\"-1\" is not a descriptor: expected a whole number from 0 to 1048576"},
	{"at 5 okay", 5, "unknown action \"okay\": expected " + verbsForTest},
	{"at 5 hang-up", 5, "unknown action \"hang-up\": did you mean \"hangup\"?"},
	{"at 5 stal 1s", 5, "unknown action \"stal\": did you mean \"stall\"?"},
	{"at 8 EIO*1; every 4 EINTR", 12, `"every 4" overlaps "at 8" at byte 8: one rule must have all that happens there`},
	{"every 4 EINTR; across 8 EIO*1", 15, `"across 8" overlaps "every 4" at byte 8: one rule must have all that happens there`},
	{"every 4 EINTR; every 6 EINTR", 15, `"every 6" overlaps "every 4" at byte 12: one rule must have all that happens there`},
	{"every 2GiB EINTR; every 3GiB EINTR", 18, `"every 3GiB" overlaps "every 2GiB" at byte 6442450944: one rule must have all that happens there`},
	{"every 1 EINTR; every 8EiB-1 EINTR", 15, `"every 8EiB-1" overlaps "every 1" at byte 9223372036854775807: one rule must have all that happens there`},
	{"call 2 EINTR*2 -> EIO; call 3 EIO", 23, `"call 3" overlaps "call 2" at call 3: one rule must have all that happens there`},
	{"call 2 EINTR -> EIO; call 3 EIO", 21, `"call 3" is never reached: nothing comes after "call 2 EINTR -> EIO"`},
	{"call 1 EINTR*9223372036854775807 -> EIO*2; call 9223372036854775807 EIO", 43, `"call 9223372036854775807" overlaps "call 1" at call 9223372036854775807: one rule must have all that happens there`},
	{"call 3 EINTR*3; call 5 EIO*1", 16, `"call 5" overlaps "call 3" at call 5: one rule must have all that happens there`},
	{"call 2 EIO*1; call 1 ok*2 -> EIO*1", 14, `"call 1" overlaps "call 2" at call 2: one rule must have all that happens there`},
	{"call 1 EIO*1; at 0 EIO*1", 14, `"at 0" overlaps "call 1" at the first call: one rule must have all that happens there`},
	{"call 1 EIO; at 5 EIO", 12, `"at 5" is never reached: nothing comes after "call 1 EIO"`},
	{"every 4 exit 1; at 6 EIO", 16, `"at 6" is never reached: nothing comes after "every 4 exit 1"`},
	{"at 5 hangup -> EIO", 15, `"EIO" is never reached: no bytes move after "hangup"`},
	{"at 5 hangup -> stall 1s -> rate 1/s", 27, `"rate 1/s" is never reached: no bytes move after "hangup"`},
	{"when-full EIO", 10, `"EIO" can't happen on "when-full", which is no call`},
	{"when-full short 1", 10, `"short 1" can't happen on "when-full", which is no call`},
	{"every 4 short 4", 8, `"short 4" is never reached: the next multiple of 4 comes first`},
	{"at 5 ok", 5, "\"ok\" in last place does nothing: after its last action a rule is spent"},
	{"at 5 EIO*2 -> ok", 14, "\"ok\" in last place does nothing: after its last action a rule is spent"},
	{"at 5 exit 1 -> EIO", 15, "\"EIO\" is never reached: \"exit 1\" is final"},
	{"at 5 kill KILL -> exit 1", 18, "\"exit 1\" is never reached: \"kill KILL\" is final"},
	{"at 5 stall forever -> EIO", 22, "\"EIO\" is never reached: \"stall forever\" is final"},
	{"at 5 EIO; at 5 EPIPE", 10, "\"at 5\" overlaps \"at 5\": one rule must have all that happens there"},
	{"at 1KiB EIO*2; at 1024 EPIPE", 15, "\"at 1KiB\" overlaps \"at 1KiB\": one rule must have all that happens there"},
	{"at 5 EIO*1; across 5 EPIPE", 12, "\"across 5\" overlaps \"at 5\": one rule must have all that happens there"},
	{"across 5 EIO*1; at 5 EPIPE", 16, "\"at 5\" overlaps \"across 5\": one rule must have all that happens there"},
	{"close EIO; close EIO", 11, "\"close\" overlaps \"close\": one rule must have all that happens there"},
	{"call 3 EIO; call 3 EPIPE", 12, "\"call 3\" overlaps \"call 3\": one rule must have all that happens there"},
	{"at 5 EIO; at 6 EPIPE", 10, "\"at 6\" is never reached: nothing comes after \"at 5 EIO\""},
	{"at 6 EPIPE; at 5 EIO", 0, "\"at 6\" is never reached: nothing comes after \"at 5 EIO\""},
	{"at 5 exit 1; every 6 EIO", 13, "\"every 6\" is never reached: nothing comes after \"at 5 exit 1\""},
	{"at 5 hangup; at 9 exit 1", 13, "\"at 9\" is never reached: nothing comes after \"at 5 hangup\""},
	{"across 5 EIO; at 6 EIO", 14, "\"at 6\" is never reached: nothing comes after \"across 5 EIO\""},
	{"call 2 EIO; call 3 EIO", 12, "\"call 3\" is never reached: nothing comes after \"call 2 EIO\""},
	{"read at 2 EIO; read at 3 EIO", 15, "\"read at 3\" is never reached: nothing comes after \"read at 2 EIO\""},
	{"open EACCES; at 5 EIO", 13, "\"at 5\" is never reached: nothing comes after \"open EACCES\""},
	{"open EACCES; close EIO", 13, "\"close\" is never reached: nothing comes after \"open EACCES\""},
	{"open short 1", 5, "\"short 1\" is for bytes: \"open\" transfers none"},
	{"close rate 1MB/s", 6, "\"rate 1MB/s\" is for bytes: \"close\" transfers none"},
	{"fsync stall until-full", 6, "\"stall until-full\" is for bytes: \"fsync\" transfers none"},
	{"at 5 EIO*2; at 5 EIO", 12, "\"at 5\" overlaps \"at 5\": one rule must have all that happens there"},
}

// TestRejected requires that place and that message of each.
func TestRejected(t *testing.T) {
	for _, tt := range refused {
		_, err := Parse(tt.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: got %v, want a SyntaxError", tt.text, err)
			continue
		}
		if syntax.Text != tt.text || syntax.Offset != tt.offset || syntax.Msg != tt.msg {
			t.Errorf("%q\n got %d %s\nwant %d %s", tt.text, syntax.Offset, syntax.Msg, tt.offset, tt.msg)
		}
	}
}

const (
	verbsForTest    = "an errno such as ENOSPC, short, stall, rate, exit, kill, reset, hangup, nonblock, ok"
	triggersForTest = "at, across, read at, every, call, when-full, open, close, fsync, rename"
)

func TestSyntaxErrorQuotes(t *testing.T) {
	_, err := Parse("at 5 EIOO")
	if want := `plan "at 5 EIOO": at byte 5: unknown action "EIOO": did you mean "EIO"?`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// accepted are plans and the text that each prints as.
var accepted = map[string]string{
	"call 1 ok*2 -> EIO*1; call 4 EIO":      "call 1 ok*2 -> EIO*1; call 4 EIO",
	"at 5 hangup -> stall 1s -> exit 3":     "at 5 hangup -> stall 1s -> exit 3",
	"every 5 exit 1; at 4 EIO*1":            "every 5 exit 1; at 4 EIO*1",
	"across 0 EFBIG;\tcall 2 EWOULDBLOCK*1": "across 0 EFBIG; call 2 EAGAIN*1",
	"":                                      "",
	"  \n":                                  "",
	"at 8GiB-1 ENOSPC":                      "at 8GiB-1 ENOSPC",
	"at 8589934591 ENOSPC":                  "at 8GiB-1 ENOSPC",
	"at 64KiB short 1->EINTR * 3":           "at 64KiB short 1 -> EINTR*3",
	"close EIO":                             "close EIO",
	"every 1MB EINTR":                       "every 1MB EINTR",
	"read at 8EiB-1 EIO":                    "read at 8EiB-1 EIO",
	"when-full exit 255":                    "when-full exit 255",
	"at 3 stall 1500ms*2 -> stall forever":  "at 3 stall 1.5s*2 -> stall forever",
	"at 3 stall until-full -> kill SIGSTOP -> exit 0":          "at 3 stall until-full -> kill STOP -> exit 0",
	`at 3 stall until "a; b -> \"c*2\"" -> hangup -> stall 1s`: `at 3 stall until "a; b -> \"c*2\"" -> hangup -> stall 1s`,
	`at 3 stall until "\xff\n"`:                                `at 3 stall until "\xff\n"`,
	"at 0 rate 10MiB/s; at 0B+1 nonblock 1":                    "at 0 rate 10MiB/s; at 1 nonblock 1",
	"fsync EIO*1; rename EXDEV; at 9 reset":                    "fsync EIO*1; rename EXDEV; at 9 reset",
	"at 5 hangup; read at 9 EIO; close EIO":                    "at 5 hangup; read at 9 EIO; close EIO",
	"at 5 EIO*2; at 6 EIO":                                     "at 5 EIO*2; at 6 EIO",
	"at 0 EIO*1; every 4 EINTR":                                "at 0 EIO*1; every 4 EINTR",
	"every 9223372036854775806 EINTR; every 8EiB-1 EINTR":      "every 9223372036854775806 EINTR; every 8EiB-1 EINTR",
	"call 3 stall 1s -> EIO*1; call 4 EINTR*1":                 "call 3 stall 1s -> EIO*1; call 4 EINTR*1",
}

// TestAccepted requires that text of each.
func TestAccepted(t *testing.T) {
	for text, want := range accepted {
		p, err := Parse(text)
		if err != nil {
			if want != "" {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if got := p.String(); got != want {
			t.Errorf("%q prints as %q, want %q", text, got, want)
		}
		again, err := Parse(p.String())
		if diff := cmp.Diff(p, again); err != nil || diff != "" {
			t.Errorf("%q does not survive a round trip: %v\n%s", text, err, diff)
		}
	}
}

// TestErrnoNames requires that each name is read and printed as an errno.
func TestErrnoNames(t *testing.T) {
	names := errnoNames()
	if len(names) < 20 {
		t.Errorf("%d errnos", len(names))
	}
	for _, name := range names {
		p, err := Parse("at 0 " + name)
		if err != nil || p.Rules[0].Actions[0].Errno != errnos()[name] {
			t.Errorf("%s: %v, %v", name, p, err)
			continue
		}
		if again := MustParse(p.String()); again.Rules[0].Actions[0].Errno != errnos()[name] {
			t.Errorf("%s prints as %s", name, p)
		}
	}
}
