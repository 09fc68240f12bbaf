package dev.weft.policy;

import org.jspecify.annotations.Nullable;

/** Which service: {@code namespace/name} in text. Both are DNS-1123 labels. */
public record ServiceName(String namespace, String name) {
  /** Reads {@code namespace/name}; null if it is nothing of the kind. */
  public static @Nullable ServiceName parse(@Nullable String text) {
    int slash = text == null ? -1 : text.indexOf('/');
    return text == null || slash <= 0 || slash == text.length() - 1
        ? null
        : new ServiceName(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
