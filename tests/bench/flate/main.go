// Compresses standard input with Go's own encoder, as Go's archive/zip does it for module zips.
package main

import (
	"compress/flate"
	"io"
	"os"
)

func main() {
	w, err := flate.NewWriter(os.Stdout, 5)
	if err == nil {
		_, err = io.CopyBuffer(struct{ io.Writer }{w}, os.Stdin, make([]byte, 1<<20))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
}
