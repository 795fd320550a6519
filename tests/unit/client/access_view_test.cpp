#include "client/access_view.h"

#include "base/hex.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

namespace galen::client {
namespace {

const ledger::Genesis kGenesis = support::sample_genesis();

AccessView view_of(const std::string& purpose, policy::Reason reason) {
  auto entry = support::sample_access(kGenesis, support::filled_id<PatientId>(7), 3);
  entry.request.purpose = purpose;
  entry.decisions.front().reason = reason;
  entry.decisions.push_back(
      {support::filled_id<RecordId>(6), policy::Reason::kLabel, std::nullopt, {"x"}});
  return access_view(4, entry, kGenesis);
}

TEST(AccessView, NamesTheOrganisationAndFlagsAccounting) {
  const AccessView view = view_of("PUBHLTH", policy::Reason::kRequiredByLaw);
  EXPECT_EQ(view.index, 4U);
  EXPECT_EQ(view.organisation, kGenesis.organisations.front().name);
  EXPECT_EQ(view.organisation_id, to_hex(kGenesis.organisations.front().id));
  EXPECT_EQ(view.request, to_hex(support::filled_id<RequestId>(3)));
  ASSERT_EQ(view.decisions.size(), 2U);
  EXPECT_TRUE(view.decisions[0].accounting);
  EXPECT_FALSE(view.decisions[1].accounting);
  EXPECT_EQ(view.decisions[1].obligations, std::vector<std::string>{"x"});
}

TEST(AccessFilter, DeniedShowsRefusedRecordsOnly) {
  const auto shown = filtered({view_of("TREAT", policy::Reason::kGrant)},
                              {.emergency = false, .denied = true, .organisation = ""});
  ASSERT_EQ(shown.size(), 1U);
  ASSERT_EQ(shown[0].decisions.size(), 1U);
  EXPECT_EQ(shown[0].decisions[0].reason, "label");
  AccessView permitted = view_of("TREAT", policy::Reason::kGrant);
  permitted.decisions.pop_back();
  EXPECT_TRUE(
      filtered({permitted}, {.emergency = false, .denied = true, .organisation = ""}).empty());
}

TEST(AccessFilter, EmergencyGoesByPurposeOrRule) {
  const std::vector<AccessView> all{view_of("TREAT", policy::Reason::kGrant),
                                    view_of("BTG", policy::Reason::kEmergencyNotDeclared),
                                    view_of("ETREAT", policy::Reason::kBreakGlass)};
  const auto shown = filtered(all, {.emergency = true, .denied = false, .organisation = ""});
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0].purpose, "BTG");
  EXPECT_EQ(shown[1].purpose, "ETREAT");
}

TEST(AccessFilter, OrganisationIsANameOrAnId) {
  const AccessView view = view_of("TREAT", policy::Reason::kGrant);
  EXPECT_EQ(
      filtered({view}, {.emergency = false, .denied = false, .organisation = view.organisation})
          .size(),
      1U);
  EXPECT_EQ(
      filtered({view}, {.emergency = false, .denied = false, .organisation = view.organisation_id})
          .size(),
      1U);
  EXPECT_TRUE(filtered({view}, {.emergency = false, .denied = false, .organisation = "hospital-9"})
                  .empty());
  EXPECT_EQ(filtered({view}, {}).size(), 1U);
}

}  // namespace
}  // namespace galen::client
