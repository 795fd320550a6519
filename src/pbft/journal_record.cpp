#include "pbft/journal_record.h"

#include "base/limits.h"
#include "codec/codec.h"
#include "pbft/fields.h"

#include <algorithm>

namespace galen::pbft {

using codec::Reader;
using codec::Writer;

namespace {

enum class RecordType : std::uint8_t { kVote = 1, kViewChange = 2, kNewView = 3 };

void write_record(Writer& w, const VoteRecord& record) {
  fields::write(w, record.vote);
  w.boolean(record.is_proposal);
  fields::write_optional_block(w, record.block);
  fields::write(w, record.parent_certificate);
  fields::write(w, record.prepared);
  w.boolean(record.new_view.has_value());
  if (record.new_view) fields::write(w, *record.new_view);
}

VoteRecord read_vote_record(Reader& r) {
  VoteRecord record;
  record.vote = fields::read_vote(r);
  record.is_proposal = r.boolean();
  record.block = fields::read_optional_block(r);
  record.parent_certificate = fields::read_optional_certificate(r);
  record.prepared = fields::read_optional_certificate(r);
  if (r.boolean()) record.new_view = fields::read_new_view(r);
  const bool is_prepare = record.vote.subject.type == ledger::VoteType::kPrepare;
  if (!r.failed() && is_prepare != (record.block != nullptr))
    r.fail_with("a block body without its PREPARE");
  if (!r.failed() && is_prepare == record.prepared.has_value())
    r.fail_with("a COMMIT without its certificate");
  if (!r.failed() && record.is_proposal && !is_prepare)
    r.fail_with("a proposal that is no PREPARE");
  return record;
}

}  // namespace

bool operator==(const VoteRecord& a, const VoteRecord& b) {
  return a.vote == b.vote && a.is_proposal == b.is_proposal &&
         fields::same_block(a.block, b.block) && a.parent_certificate == b.parent_certificate &&
         a.prepared == b.prepared && a.new_view == b.new_view;
}

Bytes statement(const ChainId& chain, const JournalRecord& record) {
  if (const auto* vote = std::get_if<VoteRecord>(&record))
    return ledger::vote_statement(chain, vote->vote.subject);
  if (const auto* change = std::get_if<ViewChange>(&record))
    return view_change_statement(chain, *change);
  return new_view_statement(chain, std::get<NewView>(record));
}

void set_signature(JournalRecord& record, const Signature& signature) {
  if (auto* vote = std::get_if<VoteRecord>(&record)) {
    vote->vote.signature = signature;
  } else if (auto* change = std::get_if<ViewChange>(&record)) {
    change->signature = signature;
  } else {
    std::get<NewView>(record).signature = signature;
  }
}

Message message_of(const JournalRecord& record) {
  if (const auto* vote = std::get_if<VoteRecord>(&record)) {
    if (vote->is_proposal) return Proposal{vote->vote, vote->block, vote->parent_certificate};
    return vote->vote;
  }
  if (const auto* change = std::get_if<ViewChange>(&record)) return *change;
  return std::get<NewView>(record);
}

Height height_of(const JournalRecord& record) {
  if (const auto* vote = std::get_if<VoteRecord>(&record)) return vote->vote.subject.height;
  if (const auto* change = std::get_if<ViewChange>(&record)) return change->height.next();
  Height base;
  for (const ViewChange& change : std::get<NewView>(record).view_changes)
    base = std::max(base, change.height);
  return base.next();
}

Bytes encode(const JournalRecord& record) {
  const auto* vote = std::get_if<VoteRecord>(&record);
  Writer w(vote != nullptr && vote->block ? vote->block->size() + 4096 : 1024);
  if (vote != nullptr) {
    w.enumeration(RecordType::kVote);
    write_record(w, *vote);
  } else if (const auto* change = std::get_if<ViewChange>(&record)) {
    w.enumeration(RecordType::kViewChange);
    fields::write(w, *change);
  } else {
    w.enumeration(RecordType::kNewView);
    fields::write(w, std::get<NewView>(record));
  }
  return std::move(w).take();
}

Result<JournalRecord> decode_journal_record(BytesView bytes) {
  Reader r(bytes, "journal record");
  const std::uint8_t type = r.u8();
  JournalRecord record;
  switch (static_cast<RecordType>(type)) {
    case RecordType::kVote: record = read_vote_record(r); break;
    case RecordType::kViewChange: record = fields::read_view_change(r); break;
    case RecordType::kNewView: record = fields::read_new_view(r); break;
    default: r.fail_with("unknown type " + std::to_string(type));
  }
  GALEN_TRY_STATUS(r.finish());
  return record;
}

}  // namespace galen::pbft
