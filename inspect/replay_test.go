package inspect

import (
	"fmt"
	"strings"
	"testing"
)

// A pipe that does not end is not told to be a record that was cut off.
func TestReplayOfEndlessPipe(t *testing.T) {
	const record = "tcpstat record 1\n-- end --\n"
	for most, want := range map[int64]string{
		int64(len(record)):     "",
		int64(len(record)) - 1: "look: more than 26 bytes, too much for a pipe",
	} {
		_, err := readPiped("look", strings.NewReader(record), most)
		if got := fmt.Sprint(err); err != nil && got != want || err == nil && want != "" {
			t.Errorf("up to %d bytes: %v", most, err)
		}
	}
}
