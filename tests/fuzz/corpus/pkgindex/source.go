// +build linux

package a_test

import (
	_ "embed"
	"fmt"
	"C"
	"fmt"
)

//go:embed b a b
var x string
