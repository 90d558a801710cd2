// Package spelling tells how far a word is from the words that are known, so
// that a mistake can be answered with what was meant.
package spelling

import "strings"

// longest is the length of a word that is still compared: the work grows with
// the square, and no word that is known is half as long.
const longest = 40

// Mistake reports whether word may be a mistyped known, and how many letters are
// then inserted, removed, changed or swapped. Case counts. It compares only words
// of like length: the time that a foreign word takes is bounded.
func Mistake(word, known string) (letters int, mistyped bool) {
	most := slack(word)
	if max(len(word)-len(known), len(known)-len(word)) > most {
		return 0, false
	}
	letters = distance(word, known)
	return letters, letters <= most
}

// Nearest gives the known word that was probably meant, or nothing. Case does
// not count.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, fewest := "", longest
	for _, candidate := range known {
		if letters, mistyped := Mistake(word, strings.ToLower(candidate)); mistyped && letters < fewest {
			best, fewest = candidate, letters
		}
	}
	return best
}

// slack is how far a word may be from another and still be a mistake of typing.
// It is negative for a word that is not worth comparing.
func slack(word string) int {
	if word == "" || len(word) > longest {
		return -1
	}
	return max(1, len(word)/3)
}

// distance counts the letters to insert, remove or change and the neighbours to
// swap to turn a into b (Damerau and Levenshtein; what was swapped is not changed
// again). Letters are bytes.
func distance(a, b string) int {
	var before, last []int // the rows of two letters and of one letter ago
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, row[j]+1, last[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
