// As echo.py: takes any method, says so, and answers. PORT.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

func answer(w http.ResponseWriter, r *http.Request) {
	fmt.Println("asked", r.Method, r.URL.Path)
	limit := int64(0)
	if strings.HasPrefix(r.URL.Path, "/read") {
		limit = 1 << 30
	} else if strings.HasPrefix(r.URL.Path, "/half") {
		limit = 10
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, limit))
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.Write(body)
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Println("listening")
	panic(http.Serve(listener, http.HandlerFunc(answer)))
}
