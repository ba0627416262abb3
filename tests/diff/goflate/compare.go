// Compares mf_goflate with compress/flate at level 5: go run compare.go DRIVER.
package main

import (
	"bytes"
	"compress/flate"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

type sample struct {
	name string
	data []byte
}

// words is text with a skewed choice of words, so that matches of all lengths
// and distances occur.
func words(r *rand.Rand, n, vocabulary int) []byte {
	var list [][]byte
	for i := 0; i < vocabulary; i++ {
		w := make([]byte, 1+r.Intn(12))
		for j := range w {
			w[j] = byte('a' + r.Intn(26))
		}
		list = append(list, w)
	}
	var b bytes.Buffer
	for b.Len() < n {
		b.Write(list[int(float64(vocabulary)*r.Float64()*r.Float64())])
		b.WriteByte(" \n\t"[r.Intn(3)])
	}
	return b.Bytes()[:n]
}

func random(r *rand.Rand, n, alphabet int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Intn(alphabet))
	}
	return b
}

// repeats copies earlier pieces of itself from all distances, also the
// greatest ones, with a few changes.
func repeats(r *rand.Rand, n int) []byte {
	b := random(r, 100, 256)
	for len(b) < n {
		d := 1 + r.Intn(len(b))
		if r.Intn(4) == 0 && len(b) > 32770 {
			d = 32765 + r.Intn(6)
		} else if r.Intn(4) == 0 && len(b) > 4100 {
			d = 4094 + r.Intn(5)
		}
		for l := 1 + r.Intn(300); l > 0; l-- {
			b = append(b, b[len(b)-d])
		}
		b = append(b, random(r, r.Intn(5), 256)...)
	}
	return b[:n]
}

func samples() (all []sample) {
	r := rand.New(rand.NewSource(1))
	sizes := []int{0, 1, 2, 3, 4, 5, 8, 16, 100, 255, 256, 257, 258, 259, 260, 261, 262, 263, 1000, 4095, 4096, 4100, 16383, 16384, 16385,
		32505, 32506, 32507, 32767, 32768, 32769, 65273, 65274, 65275, 65534, 65535, 65536, 65537, 98304, 131072, 200001, 1 << 20, 3000000}
	for _, n := range sizes {
		add := func(kind string, data []byte) { all = append(all, sample{fmt.Sprint(kind, " ", n), data}) }
		add("zeros", make([]byte, n))
		add("random", random(r, n, 256))
		add("two values", random(r, n, 2))
		add("sixteen values", random(r, n, 16))
		add("words", words(r, n, 3000))
		add("few words", words(r, n, 20))
		add("repeats", repeats(r, n))
		add("period", bytes.Repeat([]byte("0123456789abcdefg"), n/17+1)[:n])
		mixed := append(random(r, n/2, 256), words(r, n-n/2, 500)...)
		add("mixed", mixed)
	}
	// Frequencies like Fibonacci numbers ask for codes longer than 15 bits.
	var deep []byte
	for i, a, b := 0, 1, 1; i < 19; i, a, b = i+1, b, a+b {
		deep = append(deep, bytes.Repeat([]byte{byte(i)}, a)...)
	}
	r.Shuffle(len(deep), func(i, j int) { deep[i], deep[j] = deep[j], deep[i] })
	all = append(all, sample{"deep tree", deep})
	for i := 0; i < 60; i++ {
		n := r.Intn(300000)
		all = append(all, sample{fmt.Sprint("more repeats ", n), repeats(r, n)})
	}
	files, _ := filepath.Glob(filepath.Join(runtime.GOROOT(), "src", "net", "http", "*.go"))
	for _, f := range files {
		if data, err := os.ReadFile(f); err == nil {
			all = append(all, sample{f, data})
		}
	}
	return all
}

func main() {
	failed, count := 0, 0
	for i, s := range samples() {
		var want bytes.Buffer
		w, _ := flate.NewWriter(&want, 5)
		w.Write(s.data)
		w.Close()
		for _, piece := range []string{"0", []string{"1", "7", "4093", "32768", "65535", "65537"}[i%6]} {
			if piece == "1" && len(s.data) > 300000 {
				piece = "31"
			}
			cmd := exec.Command(os.Args[1], piece)
			cmd.Stdin = bytes.NewReader(s.data)
			got, err := cmd.Output()
			count++
			if err != nil || !bytes.Equal(got, want.Bytes()) {
				fmt.Printf("%s, pieces of %s: differs (%d bytes, Go %d) %v\n", s.name, piece, len(got), want.Len(), err)
				failed++
			}
		}
	}
	fmt.Printf("%d streams compared, %d differ\n", count, failed)
	if failed > 0 || count == 0 {
		os.Exit(1)
	}
}
