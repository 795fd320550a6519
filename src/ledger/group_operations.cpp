#include "ledger/group_operations.h"

#include "crypto/digest.h"
#include "ledger/field_list.h"

namespace galen::ledger {

namespace fields {

namespace {

constexpr std::uint32_t kFirstUpdate = 2;
constexpr const char* kNotAnUpdate = "a version that is not after the first";

}  // namespace

template <class C>
void describe(C& c, Of<C, DefineGroup>& v) {
  c(v.group, v.seed, v.kind).name(v.name)(v.document);
  c.sorted(v.organisations, limits::kMaxGroupOrganisations, "organisations");
  c(v.ends);
}

template <class C>
void describe(C& c, Of<C, UpdateGroup>& v) {
  c(v.group, v.version);
  c.sorted(v.added, limits::kMaxGroupOrganisations, "organisations");
  c.sorted(v.removed, limits::kMaxGroupOrganisations, "organisations");
  c(v.document, v.ends);
  c.check(v.version >= kFirstUpdate, kNotAnUpdate);
}

template <class C>
void describe(C& c, Of<C, ChangeMembership>& v) {
  c(v.practitioner, v.group, v.version, v.member);
  c.check(v.version >= kFirstUpdate, kNotAnUpdate);
}

GALEN_OPERATION_CODEC(DefineGroup);
GALEN_OPERATION_CODEC(UpdateGroup);
GALEN_OPERATION_CODEC(ChangeMembership);

}  // namespace fields

AccountId group_id(const ChainId& chain, const AccountId& organisation, const Random32& seed) {
  return id_cast<AccountId>(crypto::tagged("group", chain, organisation, seed));
}

}  // namespace galen::ledger
