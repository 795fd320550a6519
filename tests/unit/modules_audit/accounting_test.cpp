#include "modules/audit/accounting.h"

#include "modules/policy/terminology.h"

#include <gtest/gtest.h>

namespace galen::audit {
namespace {

using policy::Reason;

bool counts(const std::string& purpose, Reason reason, std::uint16_t version = 1) {
  AccessEntry entry;
  entry.request.purpose = purpose;
  return needs_accounting(entry, {RecordId{}, reason, std::nullopt, {}}, version);
}

TEST(Accounting, RefusalsDiscloseNothing) {
  for (unsigned number = 32; number <= 100; ++number) {
    EXPECT_FALSE(counts("PUBHLTH", static_cast<Reason>(number))) << number;
  }
}

TEST(Accounting, ThePatientsOwnAndAuthorisedDisclosuresAreExempt) {
  for (const Reason reason : {Reason::kGrant, Reason::kSelf, Reason::kProxy, Reason::kOwnRecord}) {
    for (const char* purpose : {"TREAT", "HRESCH", "PUBHLTH", "PATRQT"}) {
      EXPECT_FALSE(counts(purpose, reason)) << purpose;
    }
  }
}

TEST(Accounting, WhatTheLawRequiresAndBreakGlassCountWhateverThePurpose) {
  for (const char* purpose : {"TREAT", "PUBHLTH", "BTG", "HOPERAT"}) {
    EXPECT_TRUE(counts(purpose, Reason::kRequiredByLaw)) << purpose;
    EXPECT_TRUE(counts(purpose, Reason::kBreakGlass)) << purpose;
  }
}

TEST(Accounting, WithoutConsentOnlyTreatmentPaymentAndOperationsAreExempt) {
  for (const char* purpose :
       {"TREAT", "ETREAT", "COC", "HPAYMT", "CLMATTCH", "HOPERAT", "HQUALIMP"}) {
    EXPECT_FALSE(counts(purpose, Reason::kImplicit)) << purpose;
  }
  for (const char* purpose : {"HRESCH",
                              "PUBHLTH",
                              "HMARKT",
                              "CLINTRL",
                              "GOV",
                              "HLEGAL",
                              "MILCDM",
                              "DONAT",
                              "POPHLTH",
                              "?"}) {
    EXPECT_TRUE(counts(purpose, Reason::kImplicit)) << purpose;
  }
  EXPECT_TRUE(counts("TREAT", Reason::kImplicit, 2));  // an unknown version exempts nothing
}

}  // namespace
}  // namespace galen::audit
