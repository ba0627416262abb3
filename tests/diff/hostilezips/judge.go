// Makes zips with all sorts of damage and asks both go's own packages and the
// driver what they are: judge DRIVER ROUNDS. The verdict is an h1 or a refusal.
package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	modzip "golang.org/x/mod/zip"
)

var mod = module.Version{Path: "example.com/m", Version: "v1.0.0"}

const prefix = "example.com/m@v1.0.0/"

var names = []string{"go.mod", "a.go", "A.go", "d/a.go", "d/", "D/b.go", "d", "", "LICENSE", "é", "É", "K", "k", "ſ", "s", "ß", "ẞ",
	"İ", "i", "ı", "d/go.mod", "GO.MOD", "x/../y", "a\\b", "con", "a.", ".a", "a b", "a~1", "~", "日本", "a\x00", "\xff", "d//e", "ǅ", "ǆ", "Ω", "Ω"}

// base makes a zip with a few files, written in various ways.
func base(r *rand.Rand) []byte {
	var b bytes.Buffer
	if r.Intn(8) == 0 {
		b.WriteString("before the zip")
	}
	w := zip.NewWriter(&b)
	if r.Intn(2) == 0 {
		w.SetOffset(int64(b.Len()))
	}
	for i := r.Intn(5); i >= 0; i-- {
		name := prefix + names[r.Intn(len(names))]
		if r.Intn(3) > 0 {
			name = prefix + fmt.Sprint("f", i)
		}
		h := &zip.FileHeader{Name: name, Method: uint16(8 * r.Intn(2))}
		if r.Intn(10) == 0 {
			h.SetMode([]os.FileMode{0644, os.ModeSymlink | 0777, os.ModeDir | 0755}[r.Intn(3)])
		}
		content := []byte(strings.Repeat("text ", r.Intn(30)))
		if r.Intn(4) == 0 {
			h.CompressedSize64, h.UncompressedSize64 = uint64(len(content)), uint64(len(content))
			h.Method = 0
			if f, err := w.CreateRaw(h); err == nil {
				f.Write(content)
			}
			continue
		}
		if f, err := w.CreateHeader(h); err == nil {
			f.Write(content)
		}
	}
	if r.Intn(6) == 0 {
		w.SetComment(strings.Repeat("PK\x05\x06 comment ", r.Intn(100)))
	}
	w.Close()
	if r.Intn(12) == 0 {
		b.WriteString("behind")
	}
	return b.Bytes()
}

var values = []uint64{0, 1, 2, 3, 8, 20, 0x7f, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0xffffffff, 1 << 32, 1<<63 - 1, 1 << 63, 1<<64 - 1}

// damage changes bytes, above all in the records at the end.
func damage(r *rand.Rand, z []byte) []byte {
	for i := r.Intn(4); i > 0 && len(z) > 30; i-- {
		at := r.Intn(len(z))
		if sig := bytes.LastIndex(z, []byte("PK"+[]string{"\x01\x02", "\x05\x06", "\x03\x04", "\x07\x08"}[r.Intn(4)])); sig >= 0 && r.Intn(4) > 0 {
			at = sig + r.Intn(48)
		}
		var number [8]byte
		binary.LittleEndian.PutUint64(number[:], values[r.Intn(len(values))])
		switch r.Intn(8) {
		case 0, 1, 2:
			if at < len(z) {
				z[at] ^= 1 << r.Intn(8)
			}
		case 3, 4:
			if at < len(z) {
				copy(z[at:], number[:1<<r.Intn(4)])
			}
		case 5:
			z = z[:len(z)-r.Intn(min(len(z), 30))]
		case 6:
			if at < len(z) {
				z = append(z[:at:at], z[at+r.Intn(min(len(z)-at, 5)):]...)
			}
		case 7:
			if at < len(z) {
				z = append(append(z[:at:at], number[:r.Intn(8)]...), z[at:]...)
			}
		}
	}
	return z
}

// judge says what go makes of a zip: go hashes it, then unpacks it.
func judge(file, dir string) string {
	if _, err := modzip.CheckZip(mod, file); err != nil {
		return "refused"
	}
	h1, err := dirhash.HashZip(file, dirhash.Hash1)
	if err != nil {
		return "refused"
	}
	os.RemoveAll(dir)
	if err := modzip.Unzip(dir, mod, file); err != nil {
		return "refused"
	}
	// Two rules are ours: modes other than regular are refused, as the text of
	// the package says that they are; and every directory has to be empty, where
	// go looks only at the last one of a name.
	z, err := zip.OpenReader(file)
	if err != nil {
		return "refused"
	}
	defer z.Close()
	for _, f := range z.File {
		unix := f.CreatorVersion>>8 == 3 || f.CreatorVersion>>8 == 19
		kind := f.ExternalAttrs >> 28
		if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 != 0 {
			return "refused"
		}
		if unix && kind != 0 && kind != 8 && !strings.HasSuffix(f.Name, "/") {
			return "refused"
		}
	}
	return h1
}

func main() {
	rounds, _ := strconv.Atoi(os.Args[2])
	work, err := os.MkdirTemp("", "judge")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(work)
	r := rand.New(rand.NewSource(int64(rounds)))
	var list strings.Builder
	var want []string
	for i := 0; i < rounds; i++ {
		file := filepath.Join(work, fmt.Sprint(i, ".zip"))
		if err := os.WriteFile(file, damage(r, base(r)), 0666); err != nil {
			panic(err)
		}
		want = append(want, judge(file, filepath.Join(work, "out")))
		fmt.Fprintf(&list, "%s\t%s\t%s\n", file, mod.Path, mod.Version)
	}
	cmd := exec.Command(os.Args[1], "--prove")
	cmd.Stdin = strings.NewReader(list.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		fmt.Println("the driver failed:", err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	i, failed, accepted := 0, 0, 0
	for ; lines.Scan() && i < len(want); i++ {
		got := strings.Split(lines.Text(), "\t")
		if got[0] != "refused" {
			accepted++
		}
		if got[0] != want[i] {
			failed++
			fmt.Printf("zip %d: go says %s, we say %q\n", i, want[i], got[:2])
			if keep := os.Getenv("KEEP"); keep != "" {
				data, _ := os.ReadFile(filepath.Join(work, fmt.Sprint(i, ".zip")))
				os.WriteFile(filepath.Join(keep, fmt.Sprint(i, ".zip")), data, 0666)
			}
		}
	}
	fmt.Printf("%d zips, %d accepted by us, %d judged differently\n", i, accepted, failed)
	if failed > 0 || i != rounds {
		os.RemoveAll(work)
		os.Exit(1)
	}
}
