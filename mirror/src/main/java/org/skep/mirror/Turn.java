package org.skep.mirror;

/// A request that a member has begun: its role stays what it is until the turn is closed. Belongs
/// to the request's thread.
public final class Turn implements AutoCloseable {
  private final GroupMember member;
  private final Term term;
  private final boolean forwarded;
  private final long sequence;
  private boolean closed;

  Turn(GroupMember member, Term term, boolean forwarded, long sequence) {
    this.member = member;
    this.term = term;
    this.forwarded = forwarded;
    this.sequence = sequence;
  }

  public GroupMember member() {
    return member;
  }

  /// Of the present term; the buddy's process may be newer than when the turn began.
  public GroupView view() {
    return term.view();
  }

  /// From the primary to this secondary.
  public boolean forwarded() {
    return forwarded;
  }

  /// Of a forwarded change, at its primary.
  long sequence() {
    return sequence;
  }

  /// Once is enough; more does no harm.
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      member.leave(term);
    }
  }

  Term term() {
    return term;
  }
}
