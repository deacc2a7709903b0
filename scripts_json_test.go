//go:build linux

package yjoint_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// jsonStep is one step of a path: .name, [2] or [name=h2]. The last one chooses the first element of
// an array whose member has that value.
var jsonStep = regexp.MustCompile(`^(?:\.?([A-Za-z_]\w*)|\[(\d+)\]|\[(\w+)=([^\]]*)\])`)

// errAbsent is the error of a path that leads nowhere in an otherwise well-formed file.
type errAbsent struct{ path, at string }

func (e errAbsent) Error() string { return fmt.Sprintf("no %s (it ends at %q)", e.path, e.at) }

// jsonAt returns the value at path in the JSON file called name. Numbers are json.Number.
func jsonAt(name, path string) (any, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, fatalf("%s is no JSON: %w", name, err)
	}
	if dec.More() {
		return nil, fatalf("%s holds more than one JSON value", name)
	}
	for rest := path; rest != ""; {
		step := jsonStep.FindStringSubmatch(rest)
		if step == nil {
			return nil, fatalf("%q in the path %q is neither .name nor [2] nor [name=value]", rest, path)
		}
		rest = rest[len(step[0]):]
		next, ok := jsonChild(value, step)
		if !ok {
			return nil, errAbsent{path, step[0]}
		}
		value = next
	}
	return value, nil
}

// jsonChild takes one step from value; step is a match of jsonStep.
func jsonChild(value any, step []string) (any, bool) {
	if key := step[1]; key != "" {
		object, _ := value.(map[string]any)
		child, ok := object[key]
		return child, ok
	}
	array, _ := value.([]any)
	if step[2] != "" {
		i, err := strconv.Atoi(step[2])
		if err != nil || i >= len(array) {
			return nil, false
		}
		return array[i], true
	}
	for _, element := range array {
		object, _ := element.(map[string]any)
		if member, ok := object[step[3]]; ok && fmt.Sprint(member) == step[4] {
			return element, true
		}
	}
	return nil, false
}

func cmdJSON(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 && len(args) != 4 {
		return errUsage
	}
	path, op := args[1], args[2]
	got, err := jsonAt(ts.MkAbs(args[0]), path)
	if _, absent := err.(errAbsent); absent && op == "absent" && len(args) == 3 {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case len(args) == 3 && op == "exists":
		return nil
	case len(args) == 3 && op == "absent":
		return fmt.Errorf("%s should be absent, is %v", path, got)
	case len(args) == 3:
		return errUsage
	}
	holds, err := jsonHolds(ts, got, op, args[3])
	if err != nil {
		return err
	}
	if !holds {
		return fmt.Errorf("%s is %v, want %s %s", path, got, op, args[3])
	}
	return nil
}

// jsonHolds says whether "got op want" is true.
func jsonHolds(ts *testscript.TestScript, got any, op, want string) (bool, error) {
	switch op {
	case "len":
		n, err := jsonLen(got)
		return strconv.Itoa(n) == want, err
	case "match":
		text, ok := got.(string)
		if !ok {
			return false, fmt.Errorf("%v is no string", got)
		}
		re, err := regexp.Compile(want)
		if err != nil {
			return false, fatalError{err}
		}
		return re.MatchString(text), nil
	}
	order, err := jsonCompare(ts, got, op, want)
	if err != nil {
		return false, err
	}
	switch op {
	case "==":
		return order == 0, nil
	case "!=":
		return order != 0, nil
	case "<":
		return order < 0, nil
	case "<=":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	case ">=":
		return order >= 0, nil
	}
	return false, errUsage
}

func jsonLen(value any) (int, error) {
	switch v := value.(type) {
	case []any:
		return len(v), nil
	case map[string]any:
		return len(v), nil
	case string:
		return len(v), nil
	}
	return 0, fmt.Errorf("%v has no length", value)
}

// jsonCompare compares numbers exactly and strings, true, false and null as text, these only for
// equality.
func jsonCompare(ts *testscript.TestScript, got any, op, want string) (int, error) {
	number, ok := got.(json.Number)
	if !ok {
		if op != "==" && op != "!=" {
			return 0, fmt.Errorf("%v is no number: %s can't be said of it", got, op)
		}
		text := fmt.Sprint(got)
		if got == nil {
			text = "null"
		}
		return strings.Compare(text, want), nil
	}
	wanted, err := wantedNumber(ts, want)
	if err != nil {
		return 0, err
	}
	value, ok := new(big.Rat).SetString(number.String())
	if !ok {
		return 0, fmt.Errorf("%v is no number", number)
	}
	return value.Cmp(wanted), nil
}

// wantedNumber reads a number, a size such as 8GiB-1, or size:FILE.
func wantedNumber(ts *testscript.TestScript, text string) (*big.Rat, error) {
	if name, ok := strings.CutPrefix(text, "size:"); ok {
		n, err := fileSize(ts, name)
		return new(big.Rat).SetInt64(n), err
	}
	if value, ok := new(big.Rat).SetString(text); ok {
		return value, nil
	}
	n, err := parseSize(text)
	return new(big.Rat).SetInt64(n), err
}
