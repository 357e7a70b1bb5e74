package org.skep.mirror;

import org.jspecify.annotations.Nullable;

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
  public long sequence() {
    return sequence;
  }

  /// What the newest map says, if the term has ended; else null.
  public @Nullable GroupView next() {
    return term.next();
  }

  /// Whether the member can't take part any more and waits for the term's end.
  public boolean steppedOut() {
    return term.steppedOut();
  }

  /// Whether the term goes on: what waited may begin only then.
  public boolean isOpen() {
    return term.next() == null && !term.steppedOut();
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
