package com.example.prices;

import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Answers on the event loop, and never makes it wait. */
@RestController
class PricesController {
  /** A price in cents, and how the request for it looked to this process. */
  record Price(
      String item, int cents, String service, String version, String host, String scheme) {}

  private static final Duration LONG = Duration.ofSeconds(1);

  private final String version;

  PricesController(@Value("${prices.version}") String version) {
    this.version = version;
  }

  @GetMapping("/prices/{item}")
  Mono<Price> price(@PathVariable String item, ServerHttpRequest request) {
    int cents = 100 + Math.floorMod(item.hashCode(), 900);
    return Mono.just(
        new Price(
            item,
            cents,
            "prices",
            version,
            request.getHeaders().getFirst("Host"),
            request.getURI().getScheme()));
  }

  /** As from a supplier who has to be asked. */
  @GetMapping("/slow/{item}")
  Mono<Price> slow(@PathVariable String item, ServerHttpRequest request) {
    return price(item, request).delayElement(LONG);
  }

  /**
   * What comes is sent back once all of it is there: many clients read nothing before they have
   * sent everything, and would wait for ever for one that sends back as it reads.
   */
  @PostMapping("/echo")
  Mono<DataBuffer> echo(@RequestBody Flux<DataBuffer> body) {
    return DataBufferUtils.join(body);
  }
}
