package dev.weft.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter declares about itself, and its column in a table of the documentation. Immutable.
 *
 * @param <C> what not every library or adapter can do
 */
public final class KitOptions<C extends Enum<C> & KitOptions.Row> {
  /** Something that not every adapter can do: a row of the table. */
  public interface Row {
    /** The first cell of the row. */
    String row();
  }

  private final String library;
  private final Class<C> capabilities;
  private final Map<C, String> missing;

  private KitOptions(String library, Class<C> capabilities, Map<C, String> missing) {
    this.library = library;
    this.capabilities = capabilities;
    this.missing = Collections.unmodifiableMap(missing);
  }

  /**
   * An adapter that can do everything.
   *
   * @param library the head of its column, and what it calls itself
   */
  public static <C extends Enum<C> & Row> KitOptions<C> of(String library, Class<C> capabilities) {
    return new KitOptions<>(library, capabilities, Map.of());
  }

  /**
   * The same, but for one thing that it cannot do.
   *
   * @param reason as the table gives it
   */
  public KitOptions<C> cannot(C capability, String reason) {
    EnumMap<C, String> more = new EnumMap<>(capabilities);
    more.putAll(missing);
    more.put(capability, reason);
    return new KitOptions<>(library, capabilities, more);
  }

  public String library() {
    return library;
  }

  public boolean can(C capability) {
    return !missing.containsKey(capability);
  }

  /** Why it cannot; null if it can. */
  public @Nullable String reason(C capability) {
    return missing.get(capability);
  }

  /**
   * Fails if its column says anything else.
   *
   * @param page from the root of the repository
   */
  public void assertDocumentedIn(String page) throws IOException {
    int column = -1;
    List<String> said = new ArrayList<>();
    for (String line : Files.readAllLines(find(page))) {
      List<String> cells = Arrays.stream(line.split("\\|")).map(String::trim).toList();
      if (column < 0) {
        column = cells.indexOf("`" + library + "`");
      } else if (line.isEmpty()) {
        break;
      } else {
        said.add(cells.get(1) + ": " + cells.get(column));
      }
    }
    List<String> expected = new ArrayList<>();
    for (C capability : capabilities.getEnumConstants()) {
      String reason = missing.get(capability);
      expected.add(capability.row() + ": " + (reason == null ? "yes" : "no: " + reason));
    }
    // And the line below the head.
    assertThat(said).as(page).containsAll(expected).hasSize(expected.size() + 1);
  }

  private static Path find(String page) {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve(page))) {
      root = root.getParent();
      if (root == null) {
        throw new IllegalStateException("no " + page + " above " + Path.of("").toAbsolutePath());
      }
    }
    return root.resolve(page);
  }
}
