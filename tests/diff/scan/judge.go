// Prints what Go's own code says about the .go files named on standard input, a
// line each, in the form of tests/diff/scan/driver.c. tests/diff/scan.sh builds
// it beside copies of GOROOT/src/cmd/go/internal/modindex/build_read.go and
// cmd/go/internal/imports, which cannot be imported.
//
// judge mutate DIR COUNT writes COUNT damaged files to DIR instead, made from
// those named on standard input.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/build"
	"go/scanner"
	"go/token"
	"io"
	"math/rand"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"judge/cfg"
	"judge/imports"
)

// What build_read.go expects of its package.
type fileInfo struct {
	name       string
	header     []byte
	fset       *token.FileSet
	parsed     *ast.File
	parseErr   error
	imports    []fileImport
	embeds     []fileEmbed
	directives []build.Directive
}

type fileImport struct {
	path string
	pos  token.Pos
	doc  *ast.CommentGroup
}

type fileEmbed struct {
	pattern string
	pos     token.Position
}

func escape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '%' || c == ',' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func position(data []byte, offset int) string {
	before := data[:offset]
	return fmt.Sprintf("%d:%d", 1+bytes.Count(before, []byte("\n")), offset-bytes.LastIndexByte(before, '\n'))
}

var targets = []struct {
	os, arch, feature string
	cgo               bool
	release           int
}{
	{"linux", "amd64", "amd64.v1", true, 26},
	{"linux", "amd64", "amd64.v1", false, 26},
	{"windows", "amd64", "amd64.v1", false, 20},
	{"android", "arm64", "arm64.v8.0", true, 26},
	{"*", "", "", false, 0},
}

func matches(name string, data []byte, list []string) string {
	var out strings.Builder
	usesC := false
	for _, p := range list {
		usesC = usesC || p == "C"
	}
	for _, t := range targets {
		cfg.BuildContext.GOOS = t.os
		tags := map[string]bool{"*": true}
		if t.os != "*" {
			tags = map[string]bool{t.os: true, t.arch: true, t.feature: true, "gc": true, "cgo": t.cgo}
			for i := 1; i <= t.release; i++ {
				tags[fmt.Sprintf("go1.%d", i)] = true
			}
		}
		ok := imports.MatchFile(name, tags) && imports.ShouldBuild(data, tags) && (!usesC || tags["cgo"] || tags["*"])
		if ok {
			out.WriteByte('1')
		} else {
			out.WriteByte('0')
		}
	}
	return out.String()
}

func judge(name string, content []byte) {
	info := &fileInfo{name: "f.go", fset: token.NewFileSet()}
	readErr := readGoInfo(bytes.NewReader(content), info)
	data := bytes.TrimPrefix(content, []byte("\xEF\xBB\xBF"))
	fault, text := "ok", ""
	var list []string
	for _, imp := range info.imports {
		list = append(list, imp.path)
	}
	_, _, _, headErr := imports.ParseFileHeader(info.header)
	switch {
	case readErr != nil:
		fault, text, list = "nul", position(data, bytes.IndexByte(data, 0))+": "+readErr.Error(), nil
	case info.parseErr != nil:
		fault = "syntax"
		first, ok := info.parseErr.(scanner.Error)
		if errs, isList := info.parseErr.(scanner.ErrorList); isList {
			first, ok = *errs[0], true
		}
		if !ok {
			panic(info.parseErr)
		}
		text = position(data, first.Pos.Offset) + ": " + first.Msg
		var quoted []string
		list = nil
		imports.ReadImports(bytes.NewReader(content), false, &quoted)
		for _, q := range quoted {
			if p, err := strconv.Unquote(q); err == nil {
				list = append(list, p)
			}
		}
	}
	pkg := ""
	if info.parsed != nil && readErr == nil {
		pkg = info.parsed.Name.Name
	}
	match := "00000"
	if readErr == nil {
		match = matches(path.Base(name), info.header, list)
	}
	if readErr == nil && headErr != nil {
		fault, text = "constraints", "?: "+headErr.Error()
	}
	cgo := 0
	var shown []string
	for _, p := range list {
		shown = append(shown, escape(p))
		if p == "C" {
			cgo = 1
		}
	}
	imported := strings.Join(shown, ",")
	if len(shown) > 0 {
		imported = " " + imported
	}
	var embeds []string
	for _, e := range info.embeds {
		embeds = append(embeds, position(data, e.pos.Offset)+":"+escape(e.pattern))
	}
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", name, fault, escape(pkg), imported, cgo, match,
		strings.Join(embeds, ","), escape(text))
}

// Text that confuses readers of Go source.
var pieces = []string{"\"", "`", "'", "/*", "*/", "//", "\n", "\r\n", ";", "(", ")", "}", ",", ".", "\\", "\x00", "\xEF\xBB\xBF",
	"\xff", "\u201c", "π", "import", "import \"C\"\n", "import `x\ry`\n", "import _ \"embed\"\n", "package", "_", "C", "\"embed\"", "i", "//go:build ",
	"//go:build linux\n", "// +build linux,!cgo windows\n\n", "//+build !ignore\n\n", "\n\n", "&&", "||", "!", "ignore", "\f", "\v", "\u00a0", "@", "#", "0x1p",
	"\\u12", "\\xff", "\\'", "\\777", " \"a b\"", " \"a\\x41\"", "//line x:0\n", "/*line x:1:0*/", "//go:embed a `b c` \"d\\x41\" e\n",
	"//go:embed \"x\n", "\t", " ", "import (\n\t\"a\"\n\tb \"c\"; . \"d\"\n)\n", "if", "func"}

func mutate(r *rand.Rand, data []byte) []byte {
	if i := bytes.Index(data, []byte("\n)\n")); i > 0 && r.Intn(4) > 0 {
		data = data[:i+3+r.Intn(min(400, len(data)-i-2))]
	} else {
		data = data[:min(len(data), 3000)]
	}
	data = append([]byte(nil), data...)
	for n := 1 + r.Intn(4); n > 0; n-- {
		at := r.Intn(len(data) + 1)
		if r.Intn(3) == 0 {
			if p := bytes.Index(data, []byte("package")); p >= 0 {
				at = r.Intn(p + 1)
			}
		}
		end := at
		if r.Intn(2) == 0 {
			end = min(len(data), at+r.Intn(8))
		}
		piece := pieces[r.Intn(len(pieces))]
		if r.Intn(4) == 0 {
			piece = ""
		}
		data = append(data[:at:at], append([]byte(piece), data[end:]...)...)
	}
	return data
}

var out = bufio.NewWriterSize(os.Stdout, 1<<20)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "judge:", err)
		os.Exit(1)
	}
}

func main() {
	defer out.Flush()
	names, err := io.ReadAll(os.Stdin)
	check(err)
	list := strings.Split(strings.TrimSpace(string(names)), "\n")
	if os.Args[1] == "mutate" {
		count, err := strconv.Atoi(os.Args[3])
		check(err)
		r := rand.New(rand.NewSource(1))
		for i := 0; i < count; i++ {
			data, err := os.ReadFile(list[r.Intn(len(list))])
			check(err)
			name := []string{"a", "_test", "x_linux", "x_windows_test", "linux", "x_linux_arm64", "_amd64", "a.b_linux", "x_arm64_linux"}[r.Intn(9)]
			check(os.WriteFile(filepath.Join(os.Args[2], fmt.Sprintf("f%05d%s.go", i, name)), mutate(r, data), 0o644))
		}
		return
	}
	for _, name := range list {
		data, err := os.ReadFile(filepath.Join(os.Args[1], name))
		check(err)
		judge(name, data)
	}
}
