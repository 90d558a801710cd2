// Package documenttest reads the JSON that tcpstat prints as strictly as its contract
// is.
package documenttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Decode reads text, one value and no more, into a struct of package document. A key too
// many or too few is an error, and so is a value that the struct does not give back when
// it is marshalled again.
func Decode[T any](text []byte) (*T, error) {
	value := new(T)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		return nil, err
	}
	if rest := bytes.TrimSpace(text[decoder.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("after the document: %.80q", rest)
	}
	again, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return value, same("document", loose(text), loose(again))
}

// loose reads JSON that is right.
func loose(text []byte) (value any) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		panic(err)
	}
	return value
}

// same compares what was printed with what the struct has made of it.
func same(path string, printed, made any) error {
	switch p := printed.(type) {
	case map[string]any:
		m, _ := made.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if _, has := p[key]; !has {
				return fmt.Errorf("%s lacks the key %q", path, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(p)) {
			if err := same(path+"."+key, p[key], m[key]); err != nil {
				return err
			}
		}
		if m != nil {
			return nil
		}
	case []any:
		m, _ := made.([]any)
		for i := range p {
			if i < len(m) {
				if err := same(fmt.Sprintf("%s[%d]", path, i), p[i], m[i]); err != nil {
					return err
				}
			}
		}
		if m != nil && len(m) == len(p) {
			return nil
		}
	case json.Number:
		if m, is := made.(json.Number); is && equal(p.String(), m.String()) {
			return nil
		}
	default:
		if printed == made {
			return nil
		}
	}
	return fmt.Errorf("%s: %v is printed, and %v made of it", path, printed, made)
}

// equal compares two numbers: integers digit by digit, since a float64 does not hold
// all, fractions by their value.
func equal(a, b string) bool {
	_, isUint := strconv.ParseUint(a, 10, 64)
	_, isInt := strconv.ParseInt(a, 10, 64)
	if isUint == nil || isInt == nil {
		return a == b
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}
