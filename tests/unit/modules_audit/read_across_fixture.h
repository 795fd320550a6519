// A doctor of one hospital, and a patient with a record at another. Thread rule: one thread.
#pragma once

#include "support/health_world.h"

#include <gtest/gtest.h>

namespace galen::audit {

class ReadAcrossTest : public ::testing::Test {
 protected:
  test::HealthWorld world;
  test::Party custodian = world.hospitals[0];
  test::Party reader = world.hospitals[1];
  test::Party patient = world.add_patient(custodian);
  test::Party doctor = world.add_practitioner(reader);
  RecordId record = world.add_record(custodian, patient);
};

}  // namespace galen::audit
