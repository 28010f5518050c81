// A TCP echo server and four clients in one process: Go makes its system calls itself, so only the
// kernel's filter sees them.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
)

const size = 100000

func serve(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			io.Copy(connection, connection)
			connection.Close()
		}()
	}
}

func client(address string, index int, result chan<- string) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		result <- err.Error()
		return
	}
	sent := bytes.Repeat([]byte{byte('a' + index)}, size)
	go func() {
		connection.Write(sent)
		connection.(*net.TCPConn).CloseWrite()
	}()
	received, err := io.ReadAll(connection)
	if err != nil {
		result <- err.Error()
		return
	}
	result <- fmt.Sprintf("%d bytes, same %v", len(received), bytes.Equal(sent, received))
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go serve(listener)
	result := make(chan string)
	for index := 0; index < 4; index++ {
		go client(listener.Addr().String(), index, result)
	}
	for index := 0; index < 4; index++ {
		fmt.Println(<-result)
	}
}
