package com.example.shop;

import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/** The prices service, by its name. */
@Component
class PricesClient {
  private final RestClient http;

  PricesClient(RestClient.Builder builder) {
    http = builder.build();
  }

  /** The price as the service gives it. */
  String of(String item) {
    return http.get().uri("http://prices/prices/{item}", item).retrieve().body(String.class);
  }
}
