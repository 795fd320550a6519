// The journals of all members as the ledger knows them, and what does not fit together in them.
#include "codec/codec.h"
#include "crypto/digest.h"
#include "modules/emergency/journals.h"
#include "modules/emergency/quota.h"
#include "rpc/emergency_queries.h"
#include "rpc/list_page.h"
#include "rpc/wire.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace galen::rpc {
namespace {

constexpr std::uint32_t kMaxJournalsShown = 32;  // of one organisation
constexpr std::uint8_t kJournalPart = 0;
constexpr std::uint8_t kEvidencePart = 1;

/// A journal or a receipt that does not fit. Neither tells when it came: what is there is listed.
struct Piece {
  std::variant<v1::JournalItem, v1::JournalEvidenceItem> item;
  Height height{};
};

using Pieces = std::map<Digest, Piece>;

/// A member with its place in genesis, by which lists are ordered.
struct Member {
  std::uint16_t place = 0;
  AccountId id;
};

/// Places in genesis of the members that are asked for.
struct Members {
  std::size_t first = 0;
  std::size_t end = 0;
};

Result<Members> members_asked(const ledger::Genesis& genesis, const std::string& organisation) {
  const auto& all = genesis.organisations;
  if (organisation.empty()) return Members{0, all.size()};
  GALEN_TRY(const auto id, fixed_field<AccountId>(organisation, "organisation"));
  const auto found =
      std::find_if(all.begin(), all.end(), [&id](const auto& each) { return each.id == id; });
  if (found == all.end()) return fail(ErrorCode::kInvalidArgument, "organisation: no member");
  const auto place = static_cast<std::size_t>(found - all.begin());
  return Members{place, place + 1};
}

/// Of a place that begins with it.
std::size_t member_at(const Digest& place) {
  return (std::size_t{place.value[0]} << 8U) | std::size_t{place.value[1]};
}

/// `number`: how many journals of this member came before; those of later ones stand before it.
Digest journal_place(const Member& member, std::uint32_t number, const JournalId& journal) {
  codec::Writer w;
  w.u16(member.place).u8(kJournalPart).u32(std::numeric_limits<std::uint32_t>::max() - number);
  return place_in_list(w.view(), id_cast<Digest>(journal));
}

Digest evidence_place(const Member& member, const emergency::JournalPlace& place) {
  constexpr std::size_t kOrderBytes = 8;
  codec::Writer w;
  w.u16(member.place).u8(kEvidencePart);
  w.raw(place.journal.view().first(kOrderBytes)).u64(place.number);
  const auto key = emergency::JournalPlace::key(member.id, place.journal, place.number);
  return place_in_list(w.view(), Digest::from(key.id));
}

/// From the present one back: each names the one that was lost before it.
void add_journals(const execution::StateReader& state, const Member& member, Pieces& pieces) {
  const auto known = emergency::OrganisationEmergencies::load(state, member.id);
  std::set<JournalId> seen;  // a member may have written a circle
  auto next = known.journal;
  for (std::uint32_t i = 0; next && i < kMaxJournalsShown && seen.insert(*next).second; ++i) {
    const auto entry = emergency::JournalEntry::load(state, member.id, *next);
    if (!entry) break;
    v1::JournalItem item;
    item.set_journal(wire(*next));
    item.set_entry(wire(entry->encode()));
    item.set_present(i == 0);
    const std::uint32_t number = known.lost_journals - std::min(i, known.lost_journals);
    pieces.emplace(journal_place(member, number, *next), Piece{std::move(item)});
    next = entry->follows;
  }
}

void add_evidence(const execution::StateReader& state, const Member& member, Pieces& pieces) {
  for (const auto& place : emergency::list_evidence(state, member.id)) {
    v1::JournalEvidenceItem item;
    item.set_organisation(wire(member.id));
    item.set_place(wire(place.encode()));
    pieces.emplace(evidence_place(member, place), Piece{std::move(item)});
  }
}

/// At least one more than a page holds, of all that come after the cursor.
Pieces find_pieces(const execution::StateReader& state,
                   const ledger::Genesis& genesis,
                   const Members& members,
                   const std::optional<PageCursor>& cursor) {
  Pieces pieces;
  const std::size_t from = cursor ? member_at(cursor->last) : 0;
  for (std::size_t i = std::max(members.first, from);
       i < members.end && pieces.size() <= kMaxPageSize;
       ++i) {
    const Member member{static_cast<std::uint16_t>(i), genesis.organisations[i].id};
    add_journals(state, member, pieces);
    add_evidence(state, member, pieces);
    if (cursor) pieces.erase(pieces.begin(), pieces.upper_bound(cursor->last));
  }
  return pieces;
}

void add(const v1::JournalItem& item, v1::ListJournalsResponse& response) {
  *response.add_journals() = item;
}

void add(const v1::JournalEvidenceItem& item, v1::ListJournalsResponse& response) {
  *response.add_evidence() = item;
}

Result<PageAsked> journals_asked(const v1::ListJournalsRequest& request, Height head) {
  const Digest query =
      crypto::tagged("page-query", PatientId{}, crypto::sha256(as_bytes(request.organisation())));
  PageAsked asked{{ListKind::kJournals, query, head}, {}, request.page_size()};
  GALEN_TRY(asked.cursor, read_cursor(request.page_token(), asked.place));
  return asked;
}

}  // namespace

Status list_journals(Backend& backend,
                     const Caller& /*caller*/,
                     const v1::ListJournalsRequest& request,
                     v1::ListJournalsResponse& response) {
  GALEN_TRY(const Members members, members_asked(backend.genesis(), request.organisation()));
  const auto snapshot = backend.ledger().snapshot();
  const Height head = snapshot->head().height();
  GALEN_TRY(const PageAsked asked, journals_asked(request, head));
  const auto visit =
      [&](const Digest& /*place*/, const Piece& piece, PageBudget& budget) -> Result<Visited> {
    return std::visit(
        [&](const auto& item) {
          if (!budget.take(item.ByteSizeLong())) return Visited::kFull;
          add(item, response);
          return Visited::kShown;
        },
        piece.item);
  };
  const Pieces pieces = find_pieces(*snapshot, backend.genesis(), members, asked.cursor);
  GALEN_TRY(*response.mutable_page_token(), fill_page(pieces, asked, visit));
  response.set_height(head.value);
  return {};
}

}  // namespace galen::rpc
