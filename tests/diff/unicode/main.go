// Prints what Go's package unicode says about every code point: its Unicode
// version, ranges of letters, then the cycles of SimpleFold that have more than
// one rune, each sorted, in the order of their first member.
package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"unicode"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	if len(os.Args) > 1 && os.Args[1] == "version" {
		fmt.Fprintln(out, unicode.Version)
		return
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		first := r
		for r <= unicode.MaxRune && unicode.IsLetter(r) {
			r++
		}
		if r > first {
			fmt.Fprintf(out, "letter %X-%X\n", first, r-1)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		cycle := []rune{r}
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			cycle = append(cycle, f)
		}
		slices.Sort(cycle)
		if len(cycle) == 1 || cycle[0] != r {
			continue
		}
		fmt.Fprint(out, "fold")
		for _, c := range cycle {
			fmt.Fprintf(out, " %X", c)
		}
		fmt.Fprintln(out)
	}
}
