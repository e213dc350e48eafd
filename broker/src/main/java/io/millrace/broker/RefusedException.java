package io.millrace.broker;

/** Carries a {@link Refusal} through a future. Has no stack trace: it is an answer, not a fault. */
public final class RefusedException extends RuntimeException {

  private final transient Refusal refusal;

  public RefusedException(Refusal refusal) {
    super(refusal.message(), null, false, false);
    this.refusal = refusal;
  }

  public RefusedException(Refusal.Reason reason, String message) {
    this(Refusal.of(reason, message));
  }

  public Refusal refusal() {
    return refusal;
  }
}
