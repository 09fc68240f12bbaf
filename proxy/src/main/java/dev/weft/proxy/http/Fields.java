package dev.weft.proxy.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The fields of a head or of a trailer section, in order, names as they were written. */
public final class Fields {
  /** Name, value, name, value. */
  private final ArrayList<String> pairs = new ArrayList<>(32);

  public void add(String name, String value) {
    pairs.add(name);
    pairs.add(value);
  }

  /** Puts one field in the place of all of that name. */
  public void set(String name, String value) {
    remove(name);
    add(name, value);
  }

  public int size() {
    return pairs.size() / 2;
  }

  public boolean isEmpty() {
    return pairs.isEmpty();
  }

  public String name(int index) {
    return pairs.get(2 * index);
  }

  public String value(int index) {
    return pairs.get(2 * index + 1);
  }

  /** The first value of a field; null if there is none. */
  public @Nullable String first(String name) {
    for (int i = 0; i < size(); i++) {
      if (name(i).equalsIgnoreCase(name)) {
        return value(i);
      }
    }
    return null;
  }

  /** How many lines a field has. */
  public int count(String name) {
    int count = 0;
    for (int i = 0; i < size(); i++) {
      if (name(i).equalsIgnoreCase(name)) {
        count++;
      }
    }
    return count;
  }

  /** The values of a field, in order; empty if there is none. */
  public List<String> all(String name) {
    List<String> all = List.of();
    for (int i = 0; i < size(); i++) {
      if (name(i).equalsIgnoreCase(name)) {
        all = all.isEmpty() ? new ArrayList<>(2) : all;
        all.add(value(i));
      }
    }
    return all;
  }

  /**
   * The values of a field, and of those that applications take for it which see fields as variables
   * (CGI, WSGI, PHP): they cannot tell {@code _} or {@code .} from {@code -}. In order; empty if
   * there is none.
   */
  public List<String> allAlike(String name) {
    List<String> all = List.of();
    for (int i = 0; i < size(); i++) {
      if (alike(name(i), name)) {
        all = all.isEmpty() ? new ArrayList<>(2) : all;
        all.add(value(i));
      }
    }
    return all;
  }

  private static boolean alike(String written, String name) {
    return written.equalsIgnoreCase(name)
        || (written.length() == name.length()
            && Forwarding.alike(written).equals(Forwarding.alike(name)));
  }

  /**
   * Whether a field that is a list of tokens, such as {@code Connection}, has this one.
   *
   * @param token in lower case
   */
  public boolean has(String name, String token) {
    for (int i = 0; i < size(); i++) {
      if (name(i).equalsIgnoreCase(name) && tokens(value(i)).contains(token)) {
        return true;
      }
    }
    return false;
  }

  /** The elements of a list, in lower case. */
  static List<String> tokens(String value) {
    List<String> tokens = new ArrayList<>(2);
    for (String element : value.split(",", -1)) {
      String token = element.trim().toLowerCase(Locale.ROOT);
      if (!token.isEmpty()) {
        tokens.add(token);
      }
    }
    return tokens;
  }

  public void remove(String name) {
    removeIf(each -> each.equalsIgnoreCase(name));
  }

  /** Removes the fields whose names, as they were written, are such. */
  public void removeIf(Predicate<String> names) {
    int kept = 0;
    for (int i = 0; i < size(); i++) {
      if (!names.test(name(i))) {
        if (kept != i) {
          pairs.set(2 * kept, name(i));
          pairs.set(2 * kept + 1, value(i));
        }
        kept++;
      }
    }
    pairs.subList(2 * kept, pairs.size()).clear();
  }

  /** The same fields in an object of their own. */
  public Fields copy() {
    Fields copy = new Fields();
    copy.pairs.addAll(pairs);
    return copy;
  }

  @Override
  public String toString() {
    return pairs.toString();
  }
}
