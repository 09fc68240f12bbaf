package com.example.shop;

import com.example.shop.OrdersClient.Order;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.List;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClientException;

/** What a browser would ask for. Each answer lists who took part, this process first. */
@RestController
class ShopController {
  /** An order as a customer writes it. */
  record Purchase(String item, int quantity) {}

  /** One process that took part, and how its request looked to it. */
  record Hop(
      String service, String version, int port, String host, String scheme, boolean secure) {}

  /** The answer to the customer. */
  record Answer(String order, String item, int quantity, List<Hop> hops) {}

  private final OrdersClient orders;
  private final InventoryClient inventory;
  private final PricesClient prices;
  private final String version;

  ShopController(
      OrdersClient orders,
      InventoryClient inventory,
      PricesClient prices,
      @Value("${shop.version}") String version) {
    this.orders = orders;
    this.inventory = inventory;
    this.prices = prices;
    this.version = version;
  }

  @GetMapping("/cart/{id}")
  Answer cart(@PathVariable String id, HttpServletRequest request) {
    return answer(orders.find(id), request);
  }

  @GetMapping("/stock/{id}")
  ResponseEntity<String> stock(@PathVariable String id) {
    return inventory.ask("stock", id);
  }

  @GetMapping("/paid/{id}")
  ResponseEntity<String> paid(@PathVariable String id) {
    return inventory.ask("paid", id);
  }

  @GetMapping("/price/{item}")
  ResponseEntity<String> price(@PathVariable String item) {
    return ResponseEntity.ok(prices.of(item));
  }

  @PostMapping("/checkout")
  Answer checkout(@RequestBody Purchase purchase, HttpServletRequest request) {
    return answer(orders.place(purchase), request);
  }

  @ExceptionHandler
  ResponseEntity<String> aServiceFailed(RestClientException e) {
    return ResponseEntity.status(502).body(e.getMessage() + "\n");
  }

  private Answer answer(Order order, HttpServletRequest request) {
    List<Hop> hops = new ArrayList<>();
    hops.add(
        new Hop(
            "shop",
            version,
            request.getLocalPort(),
            request.getHeader("Host"),
            request.getScheme(),
            request.isSecure()));
    hops.addAll(order.hops());
    return new Answer(order.id(), order.item(), order.quantity(), hops);
  }
}
