"""What the environment decides; nothing here has a default that would work in production by accident."""

from functools import lru_cache

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    database_url: str
    auth_url: str
    cors_origins: list[str] = []

    @property
    def jwks_url(self) -> str:
        return f"{self.auth_url}/api/auth/jwks"


@lru_cache
def get_settings() -> Settings:
    return Settings()
