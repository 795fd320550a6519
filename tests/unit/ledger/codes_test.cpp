#include "ledger/codes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace galen::ledger {
namespace {

template <class E>
class CodeSet : public testing::Test {};

using CodeSets = testing::Types<OperationType,
                                TransactionClass,
                                AuthorisationRole,
                                OrganisationKind,
                                Role,
                                KeyHolder,
                                Effect,
                                GranteeKind,
                                Action,
                                RecordClass,
                                Confidentiality,
                                DataMeaning,
                                EmergencyOverride,
                                RecordStatus,
                                ImplicitPolicy,
                                KeyUse,
                                AccountStatus,
                                SuspensionReason,
                                ProxyKind,
                                UnlinkReason,
                                GroupKind,
                                RecordChange,
                                EmergencyReason,
                                EmergencyScope,
                                ReviewOutcome,
                                AdministrativeAct,
                                ErasureScope,
                                ErasureBasis,
                                ErasurePhase,
                                RetainedItem,
                                RetentionReason,
                                HoldScope,
                                HoldBasis>;
TYPED_TEST_SUITE(CodeSet, CodeSets);

TYPED_TEST(CodeSet, NamesAreUniqueAndParseBack) {
  std::set<std::string> names;
  for (unsigned i = 0; i < 256; ++i) {
    const auto value = static_cast<TypeParam>(i);
    if (!is_valid(value)) {
      EXPECT_EQ(name(value), "?");
      continue;
    }
    const std::string text(name(value));
    EXPECT_TRUE(names.insert(text).second) << text;
    EXPECT_EQ(parse<TypeParam>(text), value);
  }
  EXPECT_GE(names.size(), 2U);
}

TYPED_TEST(CodeSet, ParsesNothingElse) {
  for (const char* text : {"", "?", " ", "Clinician", "permit ", "n", "*"}) {
    EXPECT_EQ(parse<TypeParam>(text), std::nullopt) << text;
  }
}

TEST(Codes, SetsHoldEveryBit) {
  ActionSet actions = 0;
  ClassSet classes = 0;
  for (unsigned i = 0; i < 16; ++i) {
    const auto action = static_cast<Action>(i);
    const auto record_class = static_cast<RecordClass>(i);
    if (is_valid(action)) actions = static_cast<ActionSet>(actions | action_bit(action));
    if (is_valid(record_class)) classes = static_cast<ClassSet>(classes | class_bit(record_class));
  }
  EXPECT_EQ(actions, kAllActions);
  EXPECT_EQ(classes, kAllClasses);
}

TEST(Codes, UseTheWordsOfTheStandards) {
  EXPECT_EQ(name(Role::kPublicHealth), "public-health");
  EXPECT_EQ(name(GranteeKind::kOrganisation), "ORG");
  EXPECT_EQ(name(RecordStatus::kEnteredInError), "entered-in-error");
  EXPECT_EQ(name(ImplicitPolicy::kBreakGlassOnly), "break-glass-only");
  EXPECT_EQ(parse<RecordClass>("IMMUNIZATION"), RecordClass::kImmunization);
  EXPECT_LT(Confidentiality::kN, Confidentiality::kR);
}

}  // namespace
}  // namespace galen::ledger
