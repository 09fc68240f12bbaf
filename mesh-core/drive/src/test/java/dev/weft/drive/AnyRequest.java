package dev.weft.drive;

import dev.weft.bridge.Request;
import java.util.List;

/** A request of which nothing is asked here. */
final class AnyRequest implements Request {
  @Override
  public String method() {
    return "GET";
  }

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public String host() {
    return "orders";
  }

  @Override
  public int port() {
    return -1;
  }

  @Override
  public String path() {
    return "/";
  }

  @Override
  public String query() {
    return "";
  }

  @Override
  public List<String> header(String name) {
    return List.of();
  }

  @Override
  public boolean replayable() {
    return true;
  }

  @Override
  public boolean ownConnection() {
    return true;
  }
}
