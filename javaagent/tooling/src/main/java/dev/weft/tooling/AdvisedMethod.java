package dev.weft.tooling;

import dev.weft.tooling.AdviceClass.Parameter;
import dev.weft.tooling.AdviceClass.Part;
import dev.weft.tooling.Layout.Kept;
import java.util.List;
import java.util.Objects;
import net.bytebuddy.jar.asm.AnnotationVisitor;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import net.bytebuddy.jar.asm.TypePath;
import org.jspecify.annotations.Nullable;

/**
 * Writes a method with advice inside it: the part before, the method's own code, the part after.
 *
 * <p>All ways out of the own code lead to one place, where the part after it stands: a {@code
 * return} leaves its value in a variable, an error that the part is to see is caught. Several
 * visitors around one method nest: the one nearest to the writer comes first and leaves last.
 */
final class AdvisedMethod extends OperandStack {
  private static final String BRIDGE = "dev/weft/bridge/Bridge";

  /** What we put on the stack beside the advice's own: a value of two slots and an object. */
  private static final int EXTRA_STACK = 3;

  private final Shape type;
  private final Shape.Method method;
  private final AdviceClass advice;
  private final Layout layout;
  private final String errors;
  private final Type result;
  private final Label begin = new Label();
  private final Label leave = new Label();
  private int maxStack;
  private int maxLocals;

  /**
   * @param errors the method of the bridge that is told of an error inside the advice
   */
  AdvisedMethod(
      MethodVisitor next,
      Shape type,
      Shape.Method method,
      AdviceClass advice,
      Layout.FieldTypes fields,
      String errors) {
    super(next);
    this.type = type;
    this.method = method;
    this.advice = advice;
    this.errors = errors;
    this.layout = new Layout(type, method, advice, fields);
    this.result = Type.getReturnType(method.descriptor());
    if (method.isConstructor()) {
      Part enter = advice.enter();
      Part exit = advice.exit();
      if ((exit != null && exit.onThrowable() != null)
          || (enter != null && enter.skipOn() != null)) {
        throw advice.error("a constructor cannot be skipped, nor its errors be caught");
      }
    }
  }

  @Override
  public void visitCode() {
    mv.visitCode();
    layout.clearShared(mv);
    Part enter = advice.enter();
    if (enter != null) {
      inline(enter);
      if (enter.skipOn() != null) {
        skip(enter, enter.skipOn());
      }
    }
    if (advice.exit() != null) {
      layout.copyArguments(mv);
    }
    mv.visitLabel(begin);
  }

  /** Where a frame stands, no other may: the next instruction is ours. */
  private void frame(List<Object> locals, Object... stack) {
    if (type.frames()) {
      mv.visitFrame(Opcodes.F_NEW, locals.size(), locals.toArray(), stack.length, stack);
      mv.visitInsn(Opcodes.NOP);
    }
  }

  /** One part of the advice, after which its errors that stay inside have been told of. */
  private void inline(Part part) {
    boolean enters = part == advice.enter();
    boolean constructed = !enters || !method.isConstructor();
    Label start = new Label();
    Label end = new Label();
    mv.visitLabel(start);
    advice.accept(part, new Inlined(part, enters, end));
    if (part.suppress() != null) {
      Label handler = new Label();
      // After those of the advice itself, of which the first that fits is taken.
      mv.visitTryCatchBlock(start, handler, handler, part.suppress());
      mv.visitLabel(handler);
      frame(layout.frame(constructed, enters ? Kept.SHARED : Kept.ALL), part.suppress());
      mv.visitMethodInsn(Opcodes.INVOKESTATIC, BRIDGE, errors, "(Ljava/lang/Throwable;)V", false);
      if (enters) {
        layout.clearEnter(mv);
      }
    }
    mv.visitLabel(end);
    frame(layout.frame(constructed, enters ? Kept.SHARED_AND_ENTER : Kept.ALL));
  }

  /** Leaves at once if the part before the method says so. */
  private void skip(Part enter, String type) {
    int sort = enter.result().getSort();
    boolean reference = sort >= Type.ARRAY;
    boolean notDefault = type.equals("net/bytebuddy/asm/Advice$OnNonDefaultValue");
    boolean number = sort >= Type.BOOLEAN && sort <= Type.INT;
    if (notDefault ? !reference && !number : !reference || type.startsWith("net/bytebuddy/")) {
      throw advice.error(
          "skipOn " + type + " of " + enter.result().getClassName() + " is not understood");
    }
    Label go = new Label();
    layout.loadEnter(mv);
    if (!notDefault) {
      mv.visitTypeInsn(Opcodes.INSTANCEOF, type);
    }
    mv.visitJumpInsn(notDefault && reference ? Opcodes.IFNULL : Opcodes.IFEQ, go);
    if (advice.exit() == null) {
      Layout.pushDefault(result, mv);
      mv.visitInsn(result.getOpcode(Opcodes.IRETURN));
    } else {
      layout.clearReturned(mv);
      layout.clearThrown(mv);
      mv.visitJumpInsn(Opcodes.GOTO, leave);
    }
    mv.visitLabel(go);
    frame(layout.frame(true, Kept.SHARED_AND_ENTER));
  }

  @Override
  public void visitVarInsn(int opcode, int index) {
    if (index == 0 && opcode == Opcodes.ASTORE && !method.isStatic() && advice.exit() != null) {
      throw advice.error(method.name() + " writes another value over this");
    }
    super.visitVarInsn(opcode, layout.own(index));
  }

  @Override
  public void visitIincInsn(int index, int increment) {
    super.visitIincInsn(layout.own(index), increment);
  }

  @Override
  public void visitLocalVariable(
      String name,
      String descriptor,
      @Nullable String signature,
      Label start,
      Label end,
      int index) {
    super.visitLocalVariable(name, descriptor, signature, start, end, layout.own(index));
  }

  @Override
  public AnnotationVisitor visitLocalVariableAnnotation(
      int reference,
      @Nullable TypePath path,
      Label[] start,
      Label[] end,
      int[] index,
      String descriptor,
      boolean visible) {
    int[] moved = new int[index.length];
    for (int i = 0; i < index.length; i++) {
      moved[i] = layout.own(index[i]);
    }
    return super.visitLocalVariableAnnotation(
        reference, path, start, end, moved, descriptor, visible);
  }

  @Override
  public void visitFrame(
      int kind, int numLocal, Object @Nullable [] local, int numStack, Object @Nullable [] stack) {
    List<Object> locals = layout.ownFrame(numLocal, local);
    super.visitFrame(kind, locals.size(), locals.toArray(), numStack, stack);
  }

  @Override
  public void visitInsn(int opcode) {
    boolean returns = opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN;
    if (!returns || advice.exit() == null) {
      super.visitInsn(opcode);
      return;
    }
    layout.storeReturned(mv);
    taken(result.getSize());
    clear(mv);
    layout.clearThrown(mv);
    mv.visitJumpInsn(Opcodes.GOTO, leave);
    ended();
  }

  @Override
  public void visitMaxs(int stack, int locals) {
    maxStack = Math.max(maxStack, stack);
    maxLocals = Math.max(maxLocals, Math.max(layout.end(), layout.own(locals)));
    Part exit = advice.exit();
    if (exit != null) {
      leave(exit);
    }
    mv.visitMaxs(maxStack + EXTRA_STACK, maxLocals);
  }

  private void leave(Part exit) {
    if (exit.onThrowable() != null) {
      Label handler = new Label();
      // After those of the method itself, of which the first that fits is taken.
      mv.visitTryCatchBlock(begin, handler, handler, exit.onThrowable());
      mv.visitLabel(handler);
      frame(layout.frame(true, Kept.SHARED_AND_ENTER), exit.onThrowable());
      layout.storeThrown(mv);
      layout.clearReturned(mv);
    }
    mv.visitLabel(leave);
    frame(layout.frame(true, Kept.ALL));
    inline(exit);
    if (exit.onThrowable() != null) {
      Label returns = new Label();
      layout.loadThrown(mv);
      mv.visitJumpInsn(Opcodes.IFNULL, returns);
      layout.loadThrown(mv);
      mv.visitInsn(Opcodes.ATHROW);
      mv.visitLabel(returns);
      frame(layout.frame(true, Kept.ALL));
    }
    layout.loadReturned(mv);
    mv.visitInsn(result.getOpcode(Opcodes.IRETURN));
  }

  /** The code of one part: its parameters lead elsewhere, and its returns to its end. */
  private final class Inlined extends MethodVisitor {
    private final Part part;
    private final boolean enters;
    private final Label end;

    Inlined(Part part, boolean enters, Label end) {
      super(Opcodes.ASM9);
      this.part = part;
      this.enters = enters;
      this.end = end;
    }

    @Override
    public void visitCode() {
      mv = AdvisedMethod.this.mv; // from here on; what comes before is of the advice as a method
    }

    @Override
    public void visitVarInsn(int opcode, int index) {
      if (index >= part.parameterSlots()) {
        super.visitVarInsn(opcode, moved(index));
      } else if (opcode >= Opcodes.ISTORE) {
        layout.store(parameter(index), mv);
      } else {
        layout.load(parameter(index), mv);
      }
    }

    @Override
    public void visitIincInsn(int index, int increment) {
      if (index >= part.parameterSlots()) {
        super.visitIincInsn(moved(index), increment);
      } else {
        layout.load(parameter(index), mv);
        mv.visitLdcInsn(increment);
        mv.visitInsn(Opcodes.IADD);
        layout.store(parameter(index), mv);
      }
    }

    private int moved(int index) {
      return index - part.parameterSlots() + layout.end();
    }

    private Parameter parameter(int index) {
      return Objects.requireNonNull(part.parameters().get(index));
    }

    @Override
    public void visitFrame(
        int kind,
        int numLocal,
        Object @Nullable [] local,
        int numStack,
        Object @Nullable [] stack) {
      if (!type.frames()) {
        return;
      }
      boolean constructed = !enters || !method.isConstructor();
      List<Object> locals = layout.frame(constructed, enters ? Kept.SHARED : Kept.ALL);
      for (int i = part.parameters().size(); i < numLocal && local != null; i++) {
        locals.add(local[i]);
      }
      super.visitFrame(kind, locals.size(), locals.toArray(), numStack, stack);
    }

    @Override
    public void visitInsn(int opcode) {
      if (opcode < Opcodes.IRETURN || opcode > Opcodes.RETURN) {
        super.visitInsn(opcode);
        return;
      }
      if (enters) {
        layout.storeEnter(mv);
      }
      mv.visitJumpInsn(Opcodes.GOTO, end);
    }

    @Override
    public @Nullable AnnotationVisitor visitInsnAnnotation(
        int reference, @Nullable TypePath path, String descriptor, boolean visible) {
      return null;
    }

    @Override
    public @Nullable AnnotationVisitor visitTryCatchAnnotation(
        int reference, @Nullable TypePath path, String descriptor, boolean visible) {
      return null;
    }

    @Override
    public @Nullable AnnotationVisitor visitLocalVariableAnnotation(
        int reference,
        @Nullable TypePath path,
        Label[] start,
        Label[] end,
        int[] index,
        String descriptor,
        boolean visible) {
      return null;
    }

    @Override
    public void visitMaxs(int stack, int locals) {
      maxStack = Math.max(maxStack, stack);
      maxLocals = Math.max(maxLocals, moved(Math.max(locals, part.parameterSlots())));
    }

    @Override
    public void visitEnd() {
      mv = null; // the method does not end here
    }
  }
}
