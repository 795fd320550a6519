#include "rpc/evidence_queries.h"

#include "codec/codec.h"
#include "rpc/wire.h"

#include <string>
#include <utility>

namespace galen::rpc {
namespace {

using ledger::VoteSlot;
using ledger::VoteType;

bool is_vote_type(VoteType type) {
  return type == VoteType::kPrepare || type == VoteType::kCommit;
}

/// The slot of the last item: opaque to clients.
Bytes page_token(const VoteSlot& slot) {
  codec::Writer w;
  w.counter(slot.epoch).u16(slot.member.value).counter(slot.height).counter(slot.view);
  w.enumeration(slot.type);
  return std::move(w).take();
}

Result<std::optional<VoteSlot>> read_token(std::string_view token) {
  if (token.empty()) return std::optional<VoteSlot>{};
  codec::Reader r(as_bytes(token), "page_token");
  VoteSlot slot;
  slot.epoch = r.counter<Epoch>();
  slot.member = ValidatorIndex{r.u16()};
  slot.height = r.counter<Height>();
  slot.view = r.counter<View>();
  slot.type = r.enumeration<VoteType>(is_vote_type);
  const Status read = r.finish();
  if (!read) return fail(ErrorCode::kInvalidArgument, read.error().message);
  return std::optional<VoteSlot>{slot};
}

void fill(v1::EvidenceItem& item, const ledger::StoredEvidence& stored) {
  item.set_evidence(wire(ledger::encode(stored.evidence)));
  item.set_found_ms(stored.found.value);
}

}  // namespace

Status list_evidence(Backend& backend,
                     const Caller& /*caller*/,
                     const v1::ListEvidenceRequest& request,
                     v1::ListEvidenceResponse& response) {
  GALEN_TRY(const std::optional<VoteSlot> after, read_token(request.page_token()));
  std::optional<ValidatorIndex> member;
  if (request.has_member()) {
    const std::size_t validators = backend.genesis().validators.size();
    if (request.member() >= validators)
      return fail(ErrorCode::kInvalidArgument,
                  "member: must be below " + std::to_string(validators));
    member = ValidatorIndex{static_cast<std::uint16_t>(request.member())};
  }
  const std::size_t limit = page_size(request.page_size());
  // One more than asked for tells whether there is another page.
  const auto found = backend.evidence().list(after, member, limit + 1);
  for (std::size_t i = 0; i < std::min(limit, found.size()); ++i)
    fill(*response.add_items(), found[i]);
  if (found.size() > limit)
    response.set_page_token(wire(page_token(found[limit - 1].evidence.slot)));
  response.set_dropped(backend.evidence().dropped());
  return {};
}

Status get_evidence(Backend& backend,
                    const Caller& /*caller*/,
                    const v1::GetEvidenceRequest& request,
                    v1::GetEvidenceResponse& response) {
  GALEN_TRY(const auto id, fixed_field<ledger::EvidenceId>(request.id(), "id"));
  const auto found = backend.evidence().find(id);
  if (!found) return not_found();
  fill(*response.mutable_item(), *found);
  return {};
}

}  // namespace galen::rpc
