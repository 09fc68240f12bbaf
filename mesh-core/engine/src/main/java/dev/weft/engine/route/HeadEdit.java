package dev.weft.engine.route;

import dev.weft.policy.HttpRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How the fields of a head are changed: removed first, then set, then added. Two that follow on
 * each other make one. Immutable.
 */
public final class HeadEdit {
  private static final String[] NONE = {};

  private final String[] remove;
  private final String[] set;
  private final String[] add;

  private HeadEdit(List<String> remove, List<String> set, List<String> add) {
    this.remove = remove.toArray(NONE);
    this.set = set.toArray(NONE);
    this.add = add.toArray(NONE);
  }

  static HeadEdit of(HttpRoute.HeaderChange change) {
    List<String> remove = new ArrayList<>();
    for (String name : change.remove()) {
      remove.add(name.toLowerCase(Locale.ROOT));
    }
    return new HeadEdit(remove, flat(change.set()), flat(change.add()));
  }

  private static List<String> flat(List<HttpRoute.Field> fields) {
    List<String> flat = new ArrayList<>();
    for (HttpRoute.Field field : fields) {
      flat.add(field.name());
      flat.add(field.value());
    }
    return flat;
  }

  /** First this, then that. */
  static @Nullable HeadEdit join(@Nullable HeadEdit first, @Nullable HeadEdit second) {
    if (first == null || second == null) {
      return first == null ? second : first;
    }
    List<String> remove = new ArrayList<>(List.of(first.remove));
    List<String> set = new ArrayList<>();
    List<String> add = new ArrayList<>();
    for (String name : second.remove) {
      if (!remove.contains(name)) {
        remove.add(name);
      }
    }
    keep(first.set, second, set);
    keep(first.add, second, add);
    set.addAll(List.of(second.set));
    add.addAll(List.of(second.add));
    return new HeadEdit(remove, set, add);
  }

  /** What the later change neither removes nor sets anew. */
  private static void keep(String[] fields, HeadEdit later, List<String> kept) {
    for (int i = 0; i < fields.length; i += 2) {
      if (!contains(later.remove, 1, fields[i]) && !contains(later.set, 2, fields[i])) {
        kept.add(fields[i]);
        kept.add(fields[i + 1]);
      }
    }
  }

  private static boolean contains(String[] names, int step, String name) {
    for (int i = 0; i < names.length; i += step) {
      if (names[i].equalsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }

  /** This, and one more field set. */
  public static HeadEdit setting(@Nullable HeadEdit edit, String name, String value) {
    HeadEdit one = new HeadEdit(List.of(), List.of(name, value), List.of());
    HeadEdit joined = join(edit, one);
    return joined == null ? one : joined;
  }

  /** Names, in lower case. Not to be written to. */
  public String[] remove() {
    return remove;
  }

  /** Name, value, name, value. Not to be written to. */
  public String[] set() {
    return set;
  }

  /** Name, value, name, value. Not to be written to. */
  public String[] add() {
    return add;
  }

  @Override
  public String toString() {
    return "remove " + List.of(remove) + ", set " + List.of(set) + ", add " + List.of(add);
  }
}
