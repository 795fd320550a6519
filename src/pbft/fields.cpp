#include "pbft/fields.h"

#include "base/check.h"
#include "base/limits.h"
#include "crypto/keys.h"

namespace galen::pbft::fields {

using codec::Reader;
using codec::Writer;

namespace {

bool is_vote_type(ledger::VoteType type) {
  return type == ledger::VoteType::kPrepare || type == ledger::VoteType::kCommit;
}

Signature read_signature(Reader& r) {
  const auto signature = r.fixed<Signature>();
  // The zero signature stands for "not signed yet" and is not canonical either.
  if (!r.failed() && !crypto::is_canonical(signature))
    r.fail_with("a signature that is not canonical");
  return signature;
}

}  // namespace

void write(Writer& w, const ledger::Certificate& certificate) {
  w.bytes(ledger::encode(certificate));
}

ledger::Certificate read_certificate(Reader& r) {
  const BytesView bytes = r.bytes(kMaxCertificateBytes);
  if (r.failed()) return {};
  auto certificate = ledger::decode_certificate(bytes);
  if (!certificate) {
    r.fail_with(certificate.error().message);
    return {};
  }
  return *std::move(certificate);
}

void write(Writer& w, const std::optional<ledger::Certificate>& certificate) {
  w.boolean(certificate.has_value());
  if (certificate) write(w, *certificate);
}

std::optional<ledger::Certificate> read_optional_certificate(Reader& r) {
  if (!r.boolean()) return std::nullopt;
  return read_certificate(r);
}

void write(Writer& w, const Vote& vote) {
  const ledger::VoteSubject& s = vote.subject;
  w.counter(s.epoch).enumeration(s.type).counter(s.view).counter(s.height).raw(s.block);
  w.u16(vote.member.value).raw(vote.signature);
}

Vote read_vote(Reader& r) {
  Vote vote;
  vote.subject.epoch = r.counter<Epoch>();
  vote.subject.type = r.enumeration<ledger::VoteType>(is_vote_type);
  vote.subject.view = r.counter<View>();
  vote.subject.height = r.counter<Height>();
  vote.subject.block = r.fixed<BlockHash>();
  vote.member = ValidatorIndex{r.u16()};
  vote.signature = read_signature(r);
  return vote;
}

void write_block(Writer& w, const SharedBytes& block) {
  CHECK(block != nullptr, "a block body is present");
  w.bytes(*block);
}

SharedBytes read_block(Reader& r) {
  const BytesView bytes = r.bytes(limits::kMaxBlockBytes);
  if (r.failed()) return nullptr;
  return std::make_shared<const Bytes>(to_bytes(bytes));
}

void write_optional_block(Writer& w, const SharedBytes& block) {
  w.boolean(block != nullptr);
  if (block) write_block(w, block);
}

SharedBytes read_optional_block(Reader& r) {
  return r.boolean() ? read_block(r) : nullptr;
}

void write_body(Writer& w, const ViewChange& v) {
  w.counter(v.epoch).counter(v.new_view).counter(v.height).raw(v.hash);
  write(w, v.committed);
  write(w, v.prepared);
  w.u16(v.member.value);
}

void write(Writer& w, const ViewChange& v) {
  write_body(w, v);
  w.raw(v.signature);
}

ViewChange read_view_change(Reader& r) {
  ViewChange v;
  v.epoch = r.counter<Epoch>();
  v.new_view = r.counter<View>();
  v.height = r.counter<Height>();
  v.hash = r.fixed<BlockHash>();
  v.committed = read_optional_certificate(r);
  v.prepared = read_optional_certificate(r);
  v.member = ValidatorIndex{r.u16()};
  v.signature = read_signature(r);
  return v;
}

void write_body(Writer& w, const NewView& n) {
  w.counter(n.epoch).counter(n.view);
  w.count(n.view_changes.size());
  for (const ViewChange& v : n.view_changes) write(w, v);
  w.u16(n.member.value);
}

void write(Writer& w, const NewView& n) {
  write_body(w, n);
  w.raw(n.signature);
}

NewView read_new_view(Reader& r) {
  NewView n;
  n.epoch = r.counter<Epoch>();
  n.view = r.counter<View>();
  const std::size_t count = r.count(limits::kMaxValidators);
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    n.view_changes.push_back(read_view_change(r));
    if (i > 0 && !(n.view_changes[i - 1].member < n.view_changes[i].member)) {
      r.fail_with("VIEW-CHANGEs unsorted or twice of one member");
    }
  }
  n.member = ValidatorIndex{r.u16()};
  n.signature = read_signature(r);
  return n;
}

bool same_block(const SharedBytes& a, const SharedBytes& b) {
  if (a == b) return true;
  return a != nullptr && b != nullptr && *a == *b;
}

}  // namespace galen::pbft::fields
