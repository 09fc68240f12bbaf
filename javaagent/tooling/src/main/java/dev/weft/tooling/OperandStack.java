package dev.weft.tooling;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * Follows what a method's code has on its operand stack, by size alone: whoever leads all returns
 * to one place must clear first what lies below the value that is returned. Java's compiler leaves
 * nothing there, Kotlin's does ({@code f(a, b ?: return)}).
 *
 * <p>The stack is kept slot by slot, as the instructions' descriptions in the JVM specification
 * (6.5) count: so the many forms of {@code dup} need not know what they copy.
 */
class OperandStack extends MethodVisitor {
  /** A slot with a value of its own. */
  private static final byte SINGLE = 1;

  /** The lower and the upper slot of a {@code long} or {@code double}. */
  private static final byte LOWER = 2;

  private static final byte UPPER = 3;

  private static final byte[] EMPTY = {};
  private static final byte[] ONE_ERROR = {SINGLE};

  private final Map<Label, byte[]> atLabels = new HashMap<>();
  private byte[] slots = new byte[16];
  private int depth;

  /** Whether the next instruction is reached from the one before it. */
  private boolean reached = true;

  OperandStack(MethodVisitor next) {
    super(Opcodes.ASM9, next);
  }

  /** Writes instructions that take everything from the stack. */
  final void clear(MethodVisitor out) {
    while (depth > 0) {
      boolean both = slots[depth - 1] == UPPER;
      out.visitInsn(both ? Opcodes.POP2 : Opcodes.POP);
      pop(both ? 2 : 1);
    }
  }

  /** The instruction just seen has taken a value of this size, 0 to 2. */
  final void taken(int size) {
    pop(size);
  }

  /** After an instruction that never goes on to the next. */
  final void ended() {
    reached = false;
    depth = 0;
  }

  private void pop(int count) {
    reached = true;
    depth = Math.max(0, depth - count); // below 0: code that nothing ever reaches
  }

  private void push(int size) {
    reached = true;
    if (depth + 2 > slots.length) {
      slots = Arrays.copyOf(slots, 2 * slots.length);
    }
    if (size == 1) {
      slots[depth++] = SINGLE;
    } else if (size == 2) {
      slots[depth++] = LOWER;
      slots[depth++] = UPPER;
    }
  }

  private void change(int popped, int pushedSize) {
    pop(popped);
    push(pushedSize);
  }

  /** Copies the topmost slots to below those beneath them. */
  private void dup(int count, int beneath) {
    int from = depth - count - beneath;
    if (from < 0) {
      return;
    }
    byte[] top = Arrays.copyOfRange(slots, depth - count, depth);
    byte[] others = Arrays.copyOfRange(slots, from, depth - count);
    depth = from;
    for (byte[] part : new byte[][] {top, others, top}) {
      while (depth + part.length > slots.length) {
        slots = Arrays.copyOf(slots, 2 * slots.length);
      }
      System.arraycopy(part, 0, slots, depth, part.length);
      depth += part.length;
    }
  }

  private void leadsTo(Label label) {
    atLabels.putIfAbsent(label, Arrays.copyOf(slots, depth));
  }

  @Override
  public void visitTryCatchBlock(Label start, Label end, Label handler, @Nullable String type) {
    atLabels.put(handler, ONE_ERROR);
    super.visitTryCatchBlock(start, end, handler, type);
  }

  @Override
  public void visitLabel(Label label) {
    if (!reached) {
      byte[] there = atLabels.getOrDefault(label, EMPTY);
      slots = Arrays.copyOf(there, Math.max(16, there.length + 2));
      depth = there.length;
      // To one that is not known a later jump leads, if anything: a frame says what is there then.
      reached = atLabels.containsKey(label);
    }
    super.visitLabel(label);
  }

  @Override
  public void visitFrame(
      int type, int numLocal, Object @Nullable [] local, int numStack, Object @Nullable [] stack) {
    depth = 0;
    reached = true;
    for (int i = 0; i < numStack && stack != null; i++) {
      boolean both = stack[i] == Opcodes.LONG || stack[i] == Opcodes.DOUBLE;
      push(both ? 2 : 1);
    }
    super.visitFrame(type, numLocal, local, numStack, stack);
  }

  @Override
  public void visitInsn(int opcode) {
    super.visitInsn(opcode);
    follow(opcode);
  }

  private void follow(int opcode) {
    switch (opcode) {
      case Opcodes.ACONST_NULL,
          Opcodes.ICONST_M1,
          Opcodes.ICONST_0,
          Opcodes.ICONST_1,
          Opcodes.ICONST_2,
          Opcodes.ICONST_3,
          Opcodes.ICONST_4,
          Opcodes.ICONST_5,
          Opcodes.FCONST_0,
          Opcodes.FCONST_1,
          Opcodes.FCONST_2 ->
          push(1);
      case Opcodes.LCONST_0, Opcodes.LCONST_1, Opcodes.DCONST_0, Opcodes.DCONST_1 -> push(2);
      case Opcodes.IALOAD,
          Opcodes.FALOAD,
          Opcodes.AALOAD,
          Opcodes.BALOAD,
          Opcodes.CALOAD,
          Opcodes.SALOAD,
          Opcodes.IADD,
          Opcodes.ISUB,
          Opcodes.IMUL,
          Opcodes.IDIV,
          Opcodes.IREM,
          Opcodes.ISHL,
          Opcodes.ISHR,
          Opcodes.IUSHR,
          Opcodes.IAND,
          Opcodes.IOR,
          Opcodes.IXOR,
          Opcodes.FADD,
          Opcodes.FSUB,
          Opcodes.FMUL,
          Opcodes.FDIV,
          Opcodes.FREM,
          Opcodes.FCMPL,
          Opcodes.FCMPG,
          Opcodes.L2I,
          Opcodes.L2F,
          Opcodes.D2I,
          Opcodes.D2F ->
          change(2, 1);
      case Opcodes.LALOAD, Opcodes.DALOAD -> change(2, 2);
      case Opcodes.IASTORE,
          Opcodes.FASTORE,
          Opcodes.AASTORE,
          Opcodes.BASTORE,
          Opcodes.CASTORE,
          Opcodes.SASTORE ->
          pop(3);
      case Opcodes.LASTORE, Opcodes.DASTORE -> pop(4);
      case Opcodes.POP, Opcodes.MONITORENTER, Opcodes.MONITOREXIT -> pop(1);
      case Opcodes.POP2 -> pop(2);
      case Opcodes.DUP -> dup(1, 0);
      case Opcodes.DUP_X1 -> dup(1, 1);
      case Opcodes.DUP_X2 -> dup(1, 2);
      case Opcodes.DUP2 -> dup(2, 0);
      case Opcodes.DUP2_X1 -> dup(2, 1);
      case Opcodes.DUP2_X2 -> dup(2, 2);
      case Opcodes.LADD,
          Opcodes.LSUB,
          Opcodes.LMUL,
          Opcodes.LDIV,
          Opcodes.LREM,
          Opcodes.LAND,
          Opcodes.LOR,
          Opcodes.LXOR,
          Opcodes.DADD,
          Opcodes.DSUB,
          Opcodes.DMUL,
          Opcodes.DDIV,
          Opcodes.DREM ->
          change(4, 2);
      case Opcodes.LSHL, Opcodes.LSHR, Opcodes.LUSHR -> change(3, 2);
      case Opcodes.LCMP, Opcodes.DCMPL, Opcodes.DCMPG -> change(4, 1);
      case Opcodes.I2L, Opcodes.I2D, Opcodes.F2L, Opcodes.F2D -> change(1, 2);
      case Opcodes.IRETURN,
          Opcodes.LRETURN,
          Opcodes.FRETURN,
          Opcodes.DRETURN,
          Opcodes.ARETURN,
          Opcodes.RETURN,
          Opcodes.ATHROW ->
          ended();
      default -> {
        // The others leave the stack's slots as they are: SWAP is of two single ones.
      }
    }
  }

  @Override
  public void visitIntInsn(int opcode, int operand) {
    super.visitIntInsn(opcode, operand);
    if (opcode != Opcodes.NEWARRAY) {
      push(1);
    }
  }

  @Override
  public void visitVarInsn(int opcode, int index) {
    super.visitVarInsn(opcode, index);
    switch (opcode) {
      case Opcodes.ILOAD, Opcodes.FLOAD, Opcodes.ALOAD -> push(1);
      case Opcodes.LLOAD, Opcodes.DLOAD -> push(2);
      case Opcodes.ISTORE, Opcodes.FSTORE, Opcodes.ASTORE -> pop(1);
      case Opcodes.LSTORE, Opcodes.DSTORE -> pop(2);
      default -> ended(); // RET
    }
  }

  @Override
  public void visitTypeInsn(int opcode, String type) {
    super.visitTypeInsn(opcode, type);
    if (opcode == Opcodes.NEW) {
      push(1);
    }
  }

  @Override
  public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
    super.visitFieldInsn(opcode, owner, name, descriptor);
    int size = Type.getType(descriptor).getSize();
    switch (opcode) {
      case Opcodes.GETSTATIC -> push(size);
      case Opcodes.PUTSTATIC -> pop(size);
      case Opcodes.GETFIELD -> change(1, size);
      default -> pop(1 + size);
    }
  }

  @Override
  public void visitMethodInsn(
      int opcode, String owner, String name, String descriptor, boolean isInterface) {
    super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
    called(descriptor, opcode == Opcodes.INVOKESTATIC);
  }

  @Override
  public void visitInvokeDynamicInsn(
      String name, String descriptor, Handle bootstrap, Object... arguments) {
    super.visitInvokeDynamicInsn(name, descriptor, bootstrap, arguments);
    called(descriptor, true);
  }

  private void called(String descriptor, boolean isStatic) {
    int sizes = Type.getArgumentsAndReturnSizes(descriptor);
    change((sizes >> 2) - (isStatic ? 1 : 0), sizes & 3);
  }

  @Override
  public void visitJumpInsn(int opcode, Label label) {
    super.visitJumpInsn(opcode, label);
    switch (opcode) {
      case Opcodes.GOTO -> {
        leadsTo(label);
        ended();
      }
      case Opcodes.JSR -> {
        byte[] here = Arrays.copyOf(slots, depth + 1);
        here[depth] = SINGLE;
        atLabels.putIfAbsent(label, here);
      }
      case Opcodes.IFEQ,
          Opcodes.IFNE,
          Opcodes.IFLT,
          Opcodes.IFGE,
          Opcodes.IFGT,
          Opcodes.IFLE,
          Opcodes.IFNULL,
          Opcodes.IFNONNULL -> {
        pop(1);
        leadsTo(label);
      }
      default -> {
        pop(2);
        leadsTo(label);
      }
    }
  }

  @Override
  public void visitLdcInsn(Object value) {
    super.visitLdcInsn(value);
    boolean both =
        value instanceof Long
            || value instanceof Double
            || (value instanceof net.bytebuddy.jar.asm.ConstantDynamic constant
                && constant.getSize() == 2);
    push(both ? 2 : 1);
  }

  @Override
  public void visitTableSwitchInsn(int min, int max, Label otherwise, Label... labels) {
    super.visitTableSwitchInsn(min, max, otherwise, labels);
    switched(otherwise, labels);
  }

  @Override
  public void visitLookupSwitchInsn(Label otherwise, int[] keys, Label[] labels) {
    super.visitLookupSwitchInsn(otherwise, keys, labels);
    switched(otherwise, labels);
  }

  private void switched(Label otherwise, Label[] labels) {
    pop(1);
    leadsTo(otherwise);
    for (Label label : labels) {
      leadsTo(label);
    }
    ended();
  }

  @Override
  public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
    super.visitMultiANewArrayInsn(descriptor, dimensions);
    change(dimensions, 1);
  }
}
