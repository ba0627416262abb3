// A small web service: the project that the demo and the tests carry.
package main

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

func router() *gin.Engine {
	r := gin.New()
	r.GET("/ping", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"message": "pong"})
	})
	return r
}

func main() {
	if err := router().Run("127.0.0.1:8080"); err != nil {
		panic(err)
	}
}
