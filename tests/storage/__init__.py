"""Tests of users, sign-ins and the database."""
