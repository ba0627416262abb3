// Asks both go's own packages and the driver about notes, tree heads, records,
// tile paths and proofs, right ones and damaged ones: judge DRIVER ROUNDS.
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mrand "math/rand"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var (
	random     = mrand.New(mrand.NewSource(1))
	toDriver   io.Writer
	fromDriver *bufio.Reader
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

func ask(words ...string) string {
	_, err := io.WriteString(toDriver, strings.Join(words, " ")+"\n")
	check(err)
	line, err := fromDriver.ReadString('\n')
	check(err)
	return strings.TrimSuffix(line, "\n")
}

func field(b []byte) string {
	if len(b) == 0 {
		return "-"
	}
	return hex.EncodeToString(b)
}

func differ(what string, input []byte, theirs, ours string) {
	fmt.Fprintf(os.Stderr, "judge: %s\n%q\ngo:       %.300s\nmodferry: %.300s\n", what, input, theirs, ours)
	os.Exit(1)
}

// damage changes a few bytes, or none.
func damage(b []byte) []byte {
	b = bytes.Clone(b)
	special := []byte("\n\n\n \x00\t=+/-0129Aa\xff\x7f\xe2\x80\x94")
	for range random.Intn(3) {
		if len(b) == 0 {
			break
		}
		i := random.Intn(len(b))
		switch random.Intn(5) {
		case 0:
			b[i] ^= 1 << random.Intn(8)
		case 1:
			b = append(b[:i], b[i+1:]...)
		case 2:
			b = append(b[:i], append([]byte{special[random.Intn(len(special))]}, b[i:]...)...)
		case 3:
			b[i] = special[random.Intn(len(special))]
		case 4:
			j := i + random.Intn(len(b)-i)
			b = append(b[:j], b[i:]...)
		}
	}
	return b
}

// loose tells whether base64 in it is not canonical, which go lets pass.
func loose(b []byte) bool {
	for _, word := range strings.FieldsFunc(string(b), func(r rune) bool { return r == ' ' || r == '\n' }) {
		if d, err := base64.StdEncoding.DecodeString(word); err == nil && base64.StdEncoding.EncodeToString(d) != word {
			return true
		}
	}
	return false
}

func notes(rounds int) (good, bad int) {
	names := []string{"example.com/db", "PeterNeumann", "größe", "a"}
	for range rounds {
		name := names[random.Intn(len(names))]
		skey, vkey, err := note.GenerateKey(rand.Reader, name)
		check(err)
		signer, err := note.NewSigner(skey)
		check(err)
		text := []string{"go.sum database tree\n5\nnND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=\n", "text\n\nmore\n", "\n", "ü\x7f\n"}[random.Intn(4)]
		signers := []note.Signer{signer}
		for range random.Intn(3) {
			other, _, err := note.GenerateKey(rand.Reader, names[random.Intn(len(names))])
			check(err)
			s, err := note.NewSigner(other)
			check(err)
			signers = append(signers, s)
		}
		random.Shuffle(len(signers), func(i, j int) { signers[i], signers[j] = signers[j], signers[i] })
		msg, err := note.Sign(&note.Note{Text: text}, signers...)
		check(err)
		key := []byte(vkey)
		if random.Intn(8) == 0 {
			key = damage(key)
		} else {
			msg = damage(msg)
		}
		theirs := "no"
		if v, err := note.NewVerifier(string(key)); err == nil {
			if n, err := note.Open(msg, note.VerifierList(v)); err == nil {
				theirs = "ok " + field([]byte(n.Text))
			}
		}
		ours := ask("note", field(key), field(msg))
		if ours != theirs && !(ours == "no" && (loose(msg) || bytes.ContainsAny(key, "\r\n") || loose(bytes.Join(bytes.SplitN(key, []byte("+"), 3), []byte(" "))))) {
			differ("note with key "+string(key), msg, theirs, ours)
		}
		if ours == "no" {
			bad++
		} else {
			good++
		}
	}
	return good, bad
}

// shortest tells whether go's number is one that we accept: as FormatInt writes it.
func shortest(line string) bool {
	n, err := strconv.ParseInt(line, 10, 64)
	return err == nil && n >= 0 && n < 1<<53 && strconv.FormatInt(n, 10) == line
}

func texts(rounds int) (good, bad int) {
	for range rounds {
		id := random.Int63() >> random.Intn(63)
		head := damage(tlog.FormatTree(tlog.Tree{N: id, Hash: tlog.RecordHash([]byte{byte(id)})}))
		theirs := "no"
		if t, err := tlog.ParseTree(head); err == nil && t.N < 1<<53 {
			theirs = fmt.Sprintf("ok %d %s", t.N, field(t.Hash[:]))
		}
		ours := ask("head", field(head))
		if ours != theirs && !(ours == "no" && loose(head)) {
			differ("tree head", head, theirs, ours)
		}
		record, err := tlog.FormatRecord(id, []byte("example.com/a v1.0.0 h1:A\nexample.com/a v1.0.0/go.mod h1:B\n"))
		check(err)
		lookup := damage(append(record, "note\n"...))
		theirs = "no"
		if n, text, rest, err := tlog.ParseRecord(lookup); err == nil {
			line, _, _ := strings.Cut(string(lookup), "\n")
			if shortest(line) && text[0] != '\n' {
				theirs = fmt.Sprintf("ok %d %s %s", n, field(text), field(rest))
			}
		}
		if answer := ask("lookup", field(lookup)); answer != theirs {
			differ("lookup", lookup, theirs, answer)
		}
		for _, answer := range []string{theirs, ours} {
			if answer == "no" {
				bad++
			} else {
				good++
			}
		}
	}
	return good, bad
}

func paths(rounds int) (good, bad int) {
	for range rounds {
		t := tlog.Tile{H: 8, L: random.Intn(8), N: random.Int63() >> (9 + random.Intn(54)), W: 1 + random.Intn(256)}
		path := damage([]byte(t.Path()))
		theirs := "no"
		if t, err := tlog.ParseTilePath(string(path)); err == nil && t.H == 8 && t.L >= 0 && t.L < 7 && t.N < 1<<53 {
			theirs = fmt.Sprintf("ok %d %d %d", t.L, t.N, t.W)
			good++
		} else {
			bad++
		}
		if ours := ask("path", field(path)); ours != theirs {
			differ("tile path", path, theirs, ours)
		}
	}
	return good, bad
}

// logTiles is a log in memory, and a reader that remembers what was read.
type logTiles struct {
	hashes []tlog.Hash
	asked  []tlog.Tile
	data   [][]byte
	spoil  bool
}

func (l *logTiles) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = l.hashes[x]
	}
	return out, nil
}

func (l *logTiles) Height() int                     { return 8 }
func (l *logTiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (l *logTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	l.asked = tiles
	l.data = nil
	for _, t := range tiles {
		data, err := tlog.ReadTileData(t, l)
		check(err)
		l.data = append(l.data, data)
	}
	if l.spoil {
		d := l.data[random.Intn(len(l.data))]
		d[random.Intn(len(d))] ^= 1 << random.Intn(8)
	}
	return l.data, nil
}

// nodes are those that make up the root of the tree of size n: what TreeHash reads.
func nodes(n int64) (indexes []int64) {
	_, err := tlog.TreeHash(n, tlog.HashReaderFunc(func(x []int64) ([]tlog.Hash, error) {
		indexes = x
		return nil, errors.New("enough")
	}))
	if n > 0 && err == nil {
		panic("TreeHash reads nothing")
	}
	return indexes
}

func numbers(list []int64) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
}

func proofs(rounds int) (good, bad int) {
	l := &logTiles{}
	var sizes []int64
	for n := int64(0); n < 140000; n++ {
		more, err := tlog.StoredHashes(n, []byte(fmt.Sprintf("record %d\n", n)), l)
		check(err)
		l.hashes = append(l.hashes, more...)
	}
	for range rounds {
		size := []int64{1 + random.Int63n(1000), 1 + random.Int63n(140000), 256 << random.Intn(9), 65536 + random.Int63n(3), 65535 - random.Int63n(300)}[random.Intn(5)]
		var ids []int64
		sizes = sizes[:0]
		var indexes []int64
		for range random.Intn(6) {
			ids = append(ids, random.Int63n(size))
			indexes = append(indexes, tlog.StoredHashIndex(0, ids[len(ids)-1]))
		}
		for range random.Intn(3) {
			sizes = append(sizes, random.Int63n(size+1))
			indexes = append(indexes, nodes(sizes[len(sizes)-1])...)
		}
		root, err := tlog.TreeHash(size, l)
		check(err)
		l.spoil = random.Intn(4) == 0
		if random.Intn(20) == 0 {
			root[random.Intn(32)] ^= 1
		}
		reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, l)
		hashes, err := reader.ReadHashes(indexes)
		var want []string
		for _, t := range l.asked {
			want = append(want, t.Path())
		}
		question := fmt.Sprintf("size %d ids %v sizes %v", size, ids, sizes)
		theirs := "ok " + strings.Join(want, ",")
		ours := ask("proof", strconv.FormatInt(size, 10), field(root[:]), numbers(ids), numbers(sizes))
		if ours != theirs {
			differ("tiles of a proof", []byte(question), theirs, ours)
		}
		var data []string
		for _, d := range l.data {
			data = append(data, field(d))
		}
		theirs = "no"
		if err == nil {
			theirs = "ok "
			for _, h := range hashes[:len(ids)] {
				theirs += field(h[:]) + ","
			}
			for _, n := range sizes {
				h, err := tlog.TreeHash(n, reader)
				check(err)
				theirs += field(h[:]) + ","
			}
			good++
		} else {
			bad++
		}
		if ours := ask("tiles", strings.Join(data, ",")); strings.TrimSpace(ours) != strings.TrimSpace(theirs) {
			differ("proof", []byte(question), theirs, ours)
		}
	}
	return good, bad
}

func main() {
	rounds, err := strconv.Atoi(os.Args[2])
	check(err)
	driver := exec.Command(os.Args[1])
	driver.Stderr = os.Stderr
	toDriver, err = driver.StdinPipe()
	check(err)
	out, err := driver.StdoutPipe()
	check(err)
	fromDriver = bufio.NewReaderSize(out, 1<<20)
	check(driver.Start())
	for _, part := range []struct {
		name string
		run  func(int) (int, int)
		n    int
	}{{"notes", notes, rounds}, {"heads and lookups", texts, rounds}, {"tile paths", paths, rounds}, {"proofs", proofs, rounds / 10}} {
		good, bad := part.run(part.n)
		if good == 0 || bad == 0 {
			check(fmt.Errorf("%s: %d accepted, %d refused: the test sees one side only", part.name, good, bad))
		}
		fmt.Printf("%s: %d accepted, %d refused, as by go\n", part.name, good, bad)
	}
}
