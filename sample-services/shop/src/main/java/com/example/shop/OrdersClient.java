package com.example.shop;

import com.example.shop.ShopController.Hop;
import com.example.shop.ShopController.Purchase;
import java.util.List;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/** The orders service, by its name. Spring takes the JDK's HttpClient for it. */
@Component
class OrdersClient {
  /** An order as the service gives it. */
  record Order(String id, String item, int quantity, List<Hop> hops) {}

  private final RestClient http;

  OrdersClient(RestClient.Builder builder) {
    http = builder.build();
  }

  Order find(String id) {
    return http.get().uri("http://orders/orders/{id}", id).retrieve().body(Order.class);
  }

  Order place(Purchase purchase) {
    return http.post()
        .uri("http://orders/orders")
        .contentType(MediaType.APPLICATION_JSON)
        .body(purchase)
        .retrieve()
        .body(Order.class);
  }
}
