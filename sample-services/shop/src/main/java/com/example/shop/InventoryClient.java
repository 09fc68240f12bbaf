package com.example.shop;

import java.nio.charset.StandardCharsets;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/** The inventory service, by its name. */
@Component
class InventoryClient {
  private final RestClient http;

  InventoryClient(RestClient.Builder builder) {
    http = builder.build();
  }

  /** What the service answers, whatever it is. */
  ResponseEntity<String> ask(String what, String id) {
    return http.get()
        .uri("http://inventory/{what}/{id}", what, id)
        .exchange(
            (request, response) -> {
              HttpStatusCode status = response.getStatusCode();
              byte[] body = response.getBody().readAllBytes();
              return ResponseEntity.status(status).body(new String(body, StandardCharsets.UTF_8));
            });
  }
}
