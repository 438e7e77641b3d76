package main

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// readJSON decodes a JSON file, gzipped or not, into value.
func readJSON(path string, value any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return err
		}
		if data, err = io.ReadAll(unpacked); err != nil {
			return err
		}
	}
	return json.Unmarshal(data, value)
}

// unhex decodes hex with or without 0x. An odd number of digits gets a leading zero: some clients print
// byte strings as numbers.
func unhex(text string) ([]byte, error) {
	digits := strings.TrimPrefix(text, "0x")
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	return hex.DecodeString(digits)
}

// unhexExactly decodes hex of exactly size bytes.
func unhexExactly(text string, size int) ([]byte, error) {
	raw, err := unhex(text)
	if err != nil {
		return nil, err
	}
	if len(raw) != size {
		return nil, fmt.Errorf("%d bytes in hex where %d are expected", len(raw), size)
	}
	return raw, nil
}

// suffix is the last byte of a tree key; some files write it as a JSON string.
type suffix byte

// UnmarshalJSON takes 7 and "7".
func (s *suffix) UnmarshalJSON(data []byte) error {
	var number json.Number
	if err := json.Unmarshal([]byte(strings.Trim(string(data), `"`)), &number); err != nil {
		return fmt.Errorf("suffix %s: %w", data, err)
	}
	value, err := strconv.ParseUint(number.String(), 10, 8)
	if err != nil {
		return fmt.Errorf("suffix %s: %w", data, err)
	}
	*s = suffix(value)
	return nil
}
