package com.example.orders;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.servlet.http.HttpServletRequest;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.server.ResponseStatusException;

/** Takes orders and has them paid. */
@RestController
class OrdersController {
  /** An order as it comes in. */
  record Purchase(String item, int quantity) {}

  /** One process that took part, and how its request looked to it. */
  record Hop(
      String service, String version, int port, String host, String scheme, boolean secure) {}

  /** What the payments service says. */
  record Payment(String state, Hop hop) {}

  /** An order with the processes that took part, this one first. */
  record Order(String id, String item, int quantity, List<Hop> hops) {}

  private final RestTemplate http;
  private final String version;
  private volatile boolean maintenance;

  OrdersController(RestTemplate http, @Value("${orders.version}") String version) {
    this.http = http;
    this.version = version;
  }

  /** Answers 503 to everything else from now on, or not any more. */
  @PutMapping("/maintenance/{switched}")
  String maintain(@PathVariable String switched) {
    maintenance = switched.equals("on");
    return "maintenance " + switched + "\n";
  }

  @GetMapping("/orders/{id}")
  Order find(@PathVariable String id, HttpServletRequest request) {
    refuseInMaintenance();
    Payment payment = http.getForObject("http://payments/payments/{id}", Payment.class, id);
    return order(id, "number " + id, 1, payment, request);
  }

  @PostMapping("/orders")
  Order place(@RequestBody Purchase purchase, HttpServletRequest request) {
    refuseInMaintenance();
    String id = UUID.randomUUID().toString();
    Map<String, Object> charge = Map.of("order", id, "quantity", purchase.quantity());
    Payment payment = http.postForObject("http://payments/payments", charge, Payment.class);
    return order(id, purchase.item(), purchase.quantity(), payment, request);
  }

  @ExceptionHandler
  ResponseEntity<String> paymentsFailed(RestClientException e) {
    return ResponseEntity.status(502).body("payments: " + e.getMessage() + "\n");
  }

  private void refuseInMaintenance() {
    if (maintenance) {
      throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, "maintenance");
    }
  }

  private Order order(
      String id, String item, int quantity, Payment payment, HttpServletRequest request) {
    List<Hop> hops = new ArrayList<>();
    hops.add(
        new Hop(
            "orders",
            version,
            request.getLocalPort(),
            request.getHeader("Host"),
            request.getScheme(),
            request.isSecure()));
    hops.add(payment.hop());
    return new Order(id, item, quantity, hops);
  }
}
